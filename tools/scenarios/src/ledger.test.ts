import { describe, expect, it } from '@jest/globals';
import { BrokenPromise, Ledger } from './ledger.ts';

function ledgerOf(...bodies: string[]): Ledger {
  const ledger = new Ledger();
  bodies.forEach((body, queueOffset) => {
    ledger.sent(body);
    ledger.acknowledged({ queueId: 0, queueOffset, body });
  });
  return ledger;
}

/** One queue that serves these, from offset 0 on. */
function serving(...bodies: string[]): Map<number, Map<number, string>> {
  return new Map([[0, new Map(bodies.entries())]]);
}

describe('a ledger', () => {
  it('accepts what was acknowledged, and behind it what was only sent', () => {
    const ledger = ledgerOf('a', 'b');
    ledger.sent('c');
    ledger.check(serving('a', 'b', 'c'));
    expect(ledger.size).toBe(2);
  });

  it.each([
    ['a queue is missing', new Map<number, Map<number, string>>(), '0@0 was acknowledged'],
    ['one is missing at the end', serving('a'), '0@1 was acknowledged with "b"; served is nothing'],
    ['one is another', serving('a', 'x'), '0@1 was acknowledged with "b"; served is "x"'],
    ['an unknown one is served', serving('a', 'b', 'x'), '0@2 serves "x", which nobody sent'],
    ['one is served twice', serving('a', 'b', 'a'), '0@2 serves "a" a second time'],
  ])('notices when %s', (_what, served, says) => {
    const ledger = ledgerOf('a', 'b');
    const check = (): void => ledger.check(served);
    expect(check).toThrow(BrokenPromise);
    expect(check).toThrow(says);
  });

  it('notices a gap behind what was acknowledged', () => {
    const ledger = ledgerOf('a');
    ledger.sent('b');
    const queue = new Map([
      [0, 'a'],
      [2, 'b'],
    ]);
    expect(() => ledger.check(new Map([[0, queue]]))).toThrow('queue 0 lacks 1');
  });

  it('notices when one place is given twice', () => {
    const ledger = ledgerOf('a');
    const again = { queueId: 0, queueOffset: 0, body: 'b' };
    expect(() => ledger.acknowledged(again)).toThrow(BrokenPromise);
  });
});
