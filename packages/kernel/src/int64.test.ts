import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  copyFew,
  copyShort,
  copyWithCrc32,
  crc32,
  javaHashCode,
  javaHashCodeOfUtf8,
  LastView,
  readInt64,
  writeInt64,
} from './index.ts';

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

describe('a short copy', () => {
  it('is that of Buffer, with the same check sum, and touches nothing else', () => {
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 300 });
    const views = new LastView();
    fc.assert(
      fc.property(bytes, fc.nat(9), fc.nat(9), (content, start, position) => {
        const source = Buffer.concat([Buffer.alloc(start, 1), content, Buffer.alloc(3, 2)]);
        const end = start + content.length;
        const wanted = Buffer.alloc(end + position + 8, 0xee);
        source.copy(wanted, position, start, end);
        const copied = Buffer.alloc(wanted.length, 0xee);
        const target = new DataView(copied.buffer, copied.byteOffset, copied.length);
        const behind = copyShort(views.of(source), start, end, target, position);
        expect(behind).toBe(position + content.length);
        expect(copied).toEqual(wanted);
        copied.fill(0xee);
        const sum = copyWithCrc32(views.of(source), start, end, target, position);
        expect(sum).toBe(crc32(content));
        expect(copied).toEqual(wanted);
        copied.fill(0xee);
        expect(copyFew(content, copied, position)).toBe(behind);
        expect(copied).toEqual(wanted);
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
