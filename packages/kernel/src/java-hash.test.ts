import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { javaHashCode, javaHashCodeOfUtf8 } from './java-hash.ts';

describe('javaHashCode', () => {
  it('is what Java gives', () => {
    expect(javaHashCode('TagA')).toBe(2_598_919);
    expect(javaHashCode('polygenelubricants')).toBe(-2_147_483_648);
  });
});

describe('javaHashCodeOfUtf8', () => {
  it('is the hash of the text, wherever other bytes than ASCII stand in it', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'Z', '0', '#', '_', 'ä', '漢', '😀'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, text, fc.string({ maxLength: 9 }), (before, value, seed) => {
        const head = Buffer.from(before);
        const bytes = Buffer.concat([head, Buffer.from(value), Buffer.from('tail')]);
        const end = bytes.length - 4;
        expect(javaHashCodeOfUtf8(bytes, head.length, end, javaHashCode(seed))).toBe(
          javaHashCode(seed + value),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
