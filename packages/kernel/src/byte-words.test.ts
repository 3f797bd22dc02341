import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { copyToBackslash, indexOfByte, indexOfControl, indexOfJsonSpecial } from './byte-words.ts';
import { RecentViews } from './short-copies.ts';

const views = new RecentViews();

/** Bytes around those that are looked for, at every place in a word and behind each other. */
const bytes = fc.uint8Array({ maxLength: 40 }).chain((some) =>
  fc
    .array(
      fc.constantFrom(
        0,
        1,
        2,
        3,
        0x21,
        0x22,
        0x23,
        0x5b,
        0x5c,
        0x5d,
        0x7f,
        0x80,
        0x82,
        0xa2,
        0xdc,
        0xff,
      ),
      {
        maxLength: 40,
      },
    )
    .map((near) => Uint8Array.from([...some, ...near])),
);

const span = bytes.chain((all) =>
  fc
    .tuple(fc.nat(all.length), fc.nat(all.length))
    .map(([one, other]) => ({ all, start: Math.min(one, other), end: Math.max(one, other) })),
);

function firstWhere(
  { all, start, end }: { all: Uint8Array; start: number; end: number },
  isIt: (byte: number) => boolean,
): number {
  const index = all.subarray(start, end).findIndex(isIt);
  return index < 0 ? end : start + index;
}

describe('looking at four bytes at a time', () => {
  it('finds a byte where a look at each finds it', () => {
    fc.assert(
      fc.property(span, fc.integer({ min: 0, max: 255 }), (given, byte) => {
        const found = indexOfByte(views.of(given.all), given.start, given.end, byte);
        expect(found).toBe(firstWhere(given, (each) => each === byte));
      }),
      { numRuns: 2_000 },
    );
  });

  it('finds the bytes 0, 1 and 2', () => {
    fc.assert(
      fc.property(span, (given) => {
        const found = indexOfControl(views.of(given.all), given.start, given.end);
        expect(found).toBe(firstWhere(given, (byte) => byte <= 2));
      }),
      { numRuns: 2_000 },
    );
  });

  it('finds what ends or changes a JSON string', () => {
    fc.assert(
      fc.property(span, (given) => {
        const found = indexOfJsonSpecial(views.of(given.all), given.start, given.end);
        expect(found).toBe(
          firstWhere(given, (byte) => byte === 0x22 || byte === 0x5c || byte >= 0x80),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('copies up to a backslash and leaves alone what stands around it', () => {
    fc.assert(
      fc.property(span, fc.nat(3), (given, at) => {
        const { all, start, end } = given;
        const target = new Uint8Array(at + end - start + 4).fill(0xee);
        const copied = copyToBackslash(views.of(all), start, end, new DataView(target.buffer), at);
        expect(start + copied).toBe(firstWhere(given, (byte) => byte === 0x5c));
        expect(target.subarray(0, at).every((byte) => byte === 0xee)).toBe(true);
        expect([...target.subarray(at, at + copied)]).toEqual([
          ...all.subarray(start, start + copied),
        ]);
        expect(target.subarray(at + copied).every((byte) => byte === 0xee)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
