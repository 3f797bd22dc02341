import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HalfWindow } from './half-window.ts';
import { OpProgress } from './op-progress.ts';

describe('the window of unsettled half messages', () => {
  it('knows what a set would know, in whatever order things are settled', () => {
    fc.assert(
      fc.property(
        fc.nat(200_000),
        fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 65_500, max: 65_600 }))),
        (base, steps) => {
          const window = new HalfWindow(base);
          const settled = new Set<number>();
          for (const step of steps) {
            window.settle(base + step);
            settled.add(base + step);
          }
          const end = base + 70_000;
          let first = base;
          while (settled.has(first)) first++;
          for (const step of steps) expect(window.isSettled(base + step)).toBe(true);
          expect(window.isSettled(first)).toBe(false);
          window.advance(end);
          expect(window.base).toBe(first);
          const rest: number[] = [];
          for (let at = window.nextUnsettled(first, first + 400); at < first + 400; ) {
            rest.push(at);
            at = window.nextUnsettled(at + 1, first + 400);
          }
          const expected = Array.from({ length: 400 }, (_, index) => first + index);
          expect(rest).toEqual(expected.filter((offset) => !settled.has(offset)));
        },
      ),
    );
  });

  it('does not move its base beyond what there is', () => {
    const window = new HalfWindow(5);
    for (let offset = 5; offset < 30; offset++) window.settle(offset);
    window.advance(20);
    expect(window.base).toBe(20);
  });
});

describe('the op messages that are used up', () => {
  it('are those before the first that names an unsettled half message', () => {
    const progress = new OpProgress(10);
    for (let op = 10; op < 2_010; op++) progress.note(op, 100 + op);
    expect(progress.doneUpTo(0)).toBe(10);
    const done = progress.doneUpTo(1_110);
    expect(done).toBeLessThanOrEqual(1_010);
    expect(done).toBeGreaterThan(1_010 - 300);
    expect(progress.doneUpTo(2_110)).toBe(2_010);
  });
});
