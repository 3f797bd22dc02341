import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '@orbitmq/testkit';
import fc from 'fast-check';
import { type Expiring, TimeoutWheel } from './timeout-wheel.ts';

function entry(onExpired: () => void): Expiring {
  return {
    deadlineMs: 0,
    nextExpiring: undefined,
    previousExpiring: undefined,
    expiringSlot: -1,
    onExpired,
  };
}

describe('a timeout wheel', () => {
  it('expires each entry after its time and within two ticks of it, unless it was removed', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ timeoutMs: fc.nat(30_000), isRemoved: fc.boolean(), waitMs: fc.nat(500) }),
        ),
        (plans) => {
          const time = new VirtualTime();
          const wheel = new TimeoutWheel(time, time);
          const seen = plans.map(({ timeoutMs, isRemoved, waitMs }) => {
            time.pass(waitMs);
            const facts = { isRemoved, dueMs: time.now() + timeoutMs, firedMs: -1 };
            const added = entry(() => {
              facts.firedMs = time.now();
            });
            wheel.add(added, timeoutMs);
            if (isRemoved) wheel.remove(added);
            return facts;
          });
          time.pass(31_000);
          for (const { isRemoved, dueMs, firedMs } of seen) {
            const lateMs = firedMs - dueMs;
            expect(isRemoved ? firedMs === -1 : lateMs >= 0 && lateMs <= 40).toBe(true);
          }
          expect(wheel.size).toBe(0);
          expect(time.timerCount).toBe(0);
        },
      ),
    );
  });

  it('loses nothing when the process stood still for more than a turn', () => {
    const time = new VirtualTime();
    let nowMs = 0;
    const clock = { now: () => nowMs, monotonicMs: () => nowMs };
    const wheel = new TimeoutWheel(clock, time);
    let expired = 0;
    for (let timeoutMs = 0; timeoutMs < 20_000; timeoutMs += 7) {
      wheel.add(
        entry(() => expired++),
        timeoutMs,
      );
    }
    const added = wheel.size;
    nowMs = 60_000;
    time.pass(20);
    expect(expired).toBe(added);
  });

  it('lets one expiry remove another that is due in the same tick', () => {
    const time = new VirtualTime();
    const wheel = new TimeoutWheel(time, time);
    const fired: string[] = [];
    const first = entry(() => fired.push('first'));
    const second = entry(() => {
      fired.push('second');
      wheel.remove(first);
    });
    wheel.add(first, 50);
    wheel.add(second, 50);
    time.pass(200);
    expect(fired).toEqual(['second']);
  });
});
