import { expect, it } from '@jest/globals';
import { parseOptions } from './embedded-options.ts';

it('has a default for everything', () => {
  expect(parseOptions([])).toEqual({
    dataDirectory: './data',
    host: '127.0.0.1',
    nameServerPort: 9876,
    brokerPort: 10911,
  });
  expect(parseOptions(['--help'])).toBeUndefined();
});

it.each([
  [['--broker-port', 'abc'], '--broker-port is "abc", expected a port from 1 to 65535'],
  [['--namesrv-port', '65536'], '--namesrv-port is "65536", expected a port from 1 to 65535'],
  [['--broker-port', '0x50'], '--broker-port is "0x50", expected a port from 1 to 65535'],
  [['--broker-port', '1e4'], '--broker-port is "1e4", expected a port from 1 to 65535'],
  [
    ['--namesrv-port', '10911'],
    '--namesrv-port and --broker-port are both 10911, expected two ports',
  ],
  [['--namesrv-port', ''], '--namesrv-port is "", expected a port from 1 to 65535'],
  [['--host', 'localhost'], '--host is "localhost", expected an IP address'],
  [['--host', '999.1.2.3'], '--host is "999.1.2.3", expected an IP address'],
  [['--host', ''], '--host is "", expected an IP address'],
  [['--data', ''], '--data is "", expected the path of a directory'],
])('refuses %j and says what was expected', (args, reason) => {
  expect(() => parseOptions(args)).toThrow(reason);
});

it('takes addresses of both kinds', () => {
  expect(parseOptions(['--host', '10.1.2.3'])?.host).toBe('10.1.2.3');
  expect(parseOptions(['--host', 'fd00::1'])?.host).toBe('fd00::1');
});
