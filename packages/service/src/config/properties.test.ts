import { describe, expect, it } from '@jest/globals';
import { errorCode } from '@orbitmq/kernel';
import fc from 'fast-check';
import { parseProperties, printProperties } from './properties.ts';

const pairs = (text: string): [string, string][] =>
  parseProperties(text, 'file').map(({ key, value }) => [key, value]);

describe('properties text', () => {
  it('reads separators, comments, continued lines and escapes as java.util.Properties does', () => {
    const text = [
      '# a comment = none',
      '! another',
      'a=1',
      '  b : 2',
      'c 3',
      'd',
      'e\\ f\\=g=h=i',
      'list=one;\\',
      '     two;\\',
      '   three',
      'china=\\u4e2d\\u6587',
      'tab=\\tx\\q',
      'path=C:\\\\store',
      'blank=kept  ',
      '',
    ].join('\r\n');
    expect(pairs(text)).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
      ['d', ''],
      ['e f=g', 'h=i'],
      ['list', 'one;two;three'],
      ['china', '中文'],
      ['tab', '\txq'],
      ['path', 'C:\\store'],
      ['blank', 'kept  '],
    ]);
  });

  it('names the line where an entry begins', () => {
    const lines = parseProperties('# x\n\na=1\\\n2\nb=3', 'file').map(({ key, line }) => [
      key,
      line,
    ]);
    expect(lines).toEqual([
      ['a', 3],
      ['b', 5],
    ]);
  });

  it('refuses a \\u without four hex digits, with file and line', () => {
    expect(() => parseProperties('a=1\nb=\\u12', 'conf/broker.conf')).toThrow(
      'conf/broker.conf:2: ',
    );
  });

  it('gives back whatever was printed', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' })),
        ),
        (entries) => {
          expect(pairs(printProperties(entries))).toEqual(entries);
        },
      ),
    );
  });

  it('ends in nothing but entries or its own error for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['read', 'CONFIG_INVALID']).toContain(outcomeOf(text));
      }),
    );
  });
});

function outcomeOf(text: string): string | undefined {
  try {
    parseProperties(text, 'file');
    return 'read';
  } catch (error) {
    return errorCode(error);
  }
}
