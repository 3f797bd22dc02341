import { parseArgs } from 'node:util';
import { encodeHost } from '@orbitmq/protocol';
import type { EmbeddedOptions } from './embedded.ts';

export const USAGE = `usage: npm start -- [--data DIR] [--host ADDRESS] [--namesrv-port PORT] [--broker-port PORT]

Runs a name server and a broker in one process.

  --data DIR           where everything is kept (default ./data)
  --host ADDRESS       address that clients are told to connect to (default 127.0.0.1)
  --namesrv-port PORT  (default 9876)
  --broker-port PORT   (default 10911)
`;

/**
 * @returns undefined when help was asked for
 * @throws {Error} naming the flag, what it is and what was expected
 */
export function parseOptions(args: readonly string[]): EmbeddedOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string', default: './data' },
      host: { type: 'string', default: '127.0.0.1' },
      'namesrv-port': { type: 'string', default: '9876' },
      'broker-port': { type: 'string', default: '10911' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const nameServerPort = portOf('--namesrv-port', values['namesrv-port']);
  const brokerPort = portOf('--broker-port', values['broker-port']);
  if (nameServerPort === brokerPort) {
    throw new Error(`--namesrv-port and --broker-port are both ${brokerPort}, expected two ports`);
  }
  return {
    dataDirectory: directoryOf(values.data),
    host: hostOf(values.host),
    nameServerPort,
    brokerPort,
  };
}

function portOf(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port < 65_536) return port;
  throw new Error(`${flag} is ${JSON.stringify(text)}, expected a port from 1 to 65535`);
}

/** The broker is found by number: a name may mean something else to each client. */
function hostOf(text: string): string {
  try {
    encodeHost({ ip: text, port: 0 });
    return text;
  } catch (error) {
    throw new Error(`--host is ${JSON.stringify(text)}, expected an IP address`, { cause: error });
  }
}

function directoryOf(text: string): string {
  if (text !== '') return text;
  throw new Error('--data is "", expected the path of a directory');
}
