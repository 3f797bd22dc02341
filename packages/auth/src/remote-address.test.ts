import { describe, expect, it } from '@jest/globals';
import { errorCode } from '@orbitmq/kernel';
import fc from 'fast-check';
import { parseAddressPattern, remembering } from './remote-address.ts';

const CASES: readonly (readonly [
  pattern: string,
  matches: readonly string[],
  not: readonly string[],
])[] = [
  ['', [], ['127.0.0.1', '::1']],
  ['*', ['127.0.0.1', 'fe80::1'], []],
  ['*.*.*.*', ['10.0.0.1', 'fe80::1'], []],
  ['*:*:*:*:*:*:*:*', ['10.0.0.1'], []],
  ['10.0.0.1', ['10.0.0.1', '::ffff:10.0.0.1'], ['10.0.0.2', '10.0.0.11', '::1']],
  ['10.0.0.1,10.0.0.2', ['10.0.0.1', '10.0.0.2'], ['10.0.0.3']],
  ['10.0.0.{1,7}', ['10.0.0.1', '10.0.0.7'], ['10.0.0.2', '10.0.1.1']],
  ['10.0.0.1-20', ['10.0.0.1', '10.0.0.20'], ['10.0.0.0', '10.0.0.21', '10.0.1.5']],
  ['10.0.*', ['10.0.0.1', '10.0.255.3'], ['10.1.0.1']],
  ['10.0.*.*', ['10.0.0.1'], ['10.1.0.1']],
  ['10.0.3-5.*', ['10.0.3.200', '10.0.5.0'], ['10.0.6.1']],
  ['1050::5:600:300c:3268', ['1050:0:0:0:5:600:300c:3268'], ['1050::5:600:300c:3269', '10.0.0.1']],
  ['1050:0:0:0:5:600:300c:1-ff', ['1050::5:600:300c:a0'], ['1050::5:600:300c:100']],
  ['1050:0:0:0:5:600:300c:{1,A}', ['1050::5:600:300c:a'], ['1050::5:600:300c:2']],
  ['1050:0:*', ['1050:0:1:2:3:4:5:6'], ['1050:1::1']],
];

/** Code of what a pattern throws, read and asked; undefined when it throws nothing. */
function failureOf(pattern: string, address: string): string | undefined {
  try {
    parseAddressPattern(pattern)(address);
    return undefined;
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}

describe('an address pattern', () => {
  it.each(CASES)('%p matches what it names and nothing else', (pattern, matching, others) => {
    const matches = parseAddressPattern(pattern);
    expect(matching.filter((address) => !matches(address))).toEqual([]);
    expect(others.filter((address) => matches(address))).toEqual([]);
  });

  it.each([
    '10.0.0',
    '10.0.0.256',
    '10.0.0.5-2',
    '10.0.0.-3',
    '1-2.0.0.1',
    '10.0.0.1.2',
    '10.0.0.{1,x}',
    'host.example.com',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '10000::1',
  ])('%p is refused', (pattern) => {
    expect(() => parseAddressPattern(pattern)).toThrow(
      expect.objectContaining({ code: 'ACL_FILE_MALFORMED' }),
    );
  });

  it('is either understood or refused with its own error, and never matches what is no address', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, address) => {
        expect([undefined, 'ACL_FILE_MALFORMED']).toContain(failureOf(pattern, address));
      }),
    );
    expect(parseAddressPattern('10.0.*')('10.0.0.1:99')).toBe(false);
  });

  it('asks for each peer once when it remembers', () => {
    let asked = 0;
    const matches = remembering((address) => {
      asked++;
      return address === 'a';
    });
    expect([matches('a'), matches('a'), matches('b'), matches('b')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(asked).toBe(2);
  });
});
