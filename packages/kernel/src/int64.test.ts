import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  copyFew,
  copyShort,
  copyWithCrc32,
  crc32,
  javaHashCode,
  javaHashCodeOfUtf8,
  RecentViews,
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

  it.each([-1, 3, 10])('refuses to read at %p of ten bytes, as Buffer does', (position) => {
    const buffer = Buffer.alloc(10);
    const refused = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    expect(() => buffer.readBigInt64BE(position)).toThrow(expect.objectContaining(refused));
    expect(() => readInt64(buffer, position)).toThrow(expect.objectContaining(refused));
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
    const views = new RecentViews();
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

describe('recent views', () => {
  it('look at the buffer that is asked for, in whatever order they are', () => {
    const views = new RecentViews();
    const lengths = [3, 40, 1, 2 * 1024 * 1024, 7, 0, 9];
    const buffers = lengths.map((length) => Buffer.alloc(length + 2).subarray(1, length + 1));
    fc.assert(
      fc.property(fc.array(fc.nat(lengths.length - 1), { maxLength: 40 }), (order) => {
        for (const index of order) {
          const buffer = buffers[index] as Buffer;
          const { buffer: bytes, byteOffset, byteLength } = views.of(buffer);
          expect(bytes).toBe(buffer.buffer);
          expect([byteOffset, byteLength]).toEqual([buffer.byteOffset, buffer.length]);
        }
      }),
    );
  });

  it('are kept of four buffers, and of a large one only until the next', () => {
    const views = new RecentViews();
    const small = [1, 2, 3, 4].map((length) => Buffer.alloc(length));
    const first = small.map((buffer) => views.of(buffer));
    expect(small.map((buffer) => views.of(buffer))).toEqual(first);
    for (const [index, buffer] of small.entries()) expect(views.of(buffer)).toBe(first[index]);
    const large = Buffer.alloc(1024 * 1024 + 1);
    const ofLarge = views.of(large);
    expect(views.of(large)).toBe(ofLarge);
    views.of(small[0] as Buffer);
    expect(views.of(large)).not.toBe(ofLarge);
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
