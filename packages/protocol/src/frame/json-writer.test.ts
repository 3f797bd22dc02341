import { describe, expect, it } from '@jest/globals';
import { GrowingBuffer } from '@orbitmq/kernel';
import fc from 'fast-check';
import { appendJsonHeader } from './json-writer.ts';

const int32 = (): fc.Arbitrary<number> => fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const texts = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '"', '\\', '\u0001', 'ü', '\ud800'),
  );

describe('a written JSON header', () => {
  it('is the text that JSON.stringify makes of the same keys, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.record({ code: int32(), flag: int32(), opaque: int32(), version: int32() }),
        fc.option(fc.dictionary(texts(), texts()), { nil: undefined }),
        fc.option(texts(), { nil: undefined }),
        ({ code, flag, opaque, version }, extFields, remark) => {
          const output = new GrowingBuffer(1);
          appendJsonHeader({ code, flag, opaque, version, extFields, remark }, 'JAVA', output);
          const expected = JSON.stringify({
            code,
            extFields,
            flag,
            language: 'JAVA',
            opaque,
            remark,
            serializeTypeCurrentRPC: 'JSON',
            version,
          });
          expect(output.buffer.toString('utf8', 0, output.length)).toBe(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
