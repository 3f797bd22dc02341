import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crc32, javaHashCode, javaHashCodeOfUtf8, readInt64, writeInt64 } from './index.ts';

describe('int64', () => {
  it('gives back every safe integer and writes the bytes that Java writes', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const buffer = Buffer.alloc(10);
        expect(writeInt64(buffer, value, 1)).toBe(9);
        expect(buffer.readBigInt64BE(1)).toBe(BigInt(value));
        expect(readInt64(buffer, 1)).toBe(value);
      }),
    );
  });
});

describe('crc32', () => {
  it('is the masked IEEE checksum of the reference', () => {
    expect(crc32(Buffer.from('Hello'))).toBe(0x77d18982);
    expect(crc32(Buffer.from('hello'))).toBe(0x3610a686);
    expect(crc32(Buffer.alloc(0))).toBe(0);
  });

  it('does not depend on which routine computes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 600 }), (bytes) => {
        let bitwise = -1;
        for (const byte of bytes) {
          bitwise ^= byte;
          for (let bit = 0; bit < 8; bit++) {
            bitwise = bitwise & 1 ? (bitwise >>> 1) ^ 0xedb88320 : bitwise >>> 1;
          }
        }
        expect(crc32(bytes)).toBe(~bitwise & 0x7fffffff);
      }),
    );
  });
});

describe('javaHashCode', () => {
  it('agrees with values that Java printed', () => {
    expect(javaHashCode('TagA')).toBe(2598919);
    expect(Math.abs(javaHashCode('TopicTest#k1'))).toBe(2746024);
    expect(javaHashCode('TopicTest#7F00000112345B2133B14F6B2C440001')).toBe(-1946757217);
  });

  it('is the same over UTF-8 bytes as over the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const bytes = Buffer.from(text);
        expect(javaHashCodeOfUtf8(bytes, 0, bytes.length)).toBe(javaHashCode(bytes.toString()));
      }),
    );
  });
});
