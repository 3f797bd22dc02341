import { expect, it } from '@jest/globals';
import { settled, VirtualTime } from '@orbitmq/testkit';
import { ReadPace } from './read-pace.ts';

const RATE = 100_000;

function setUp(): {
  time: VirtualTime;
  append: () => void;
  done: number[];
  take: Take;
  pace: ReadPace;
} {
  const time = new VirtualTime();
  let appendedAtMs = Number.NEGATIVE_INFINITY;
  const options = { clock: time, timers: time, coldBytesPerSecond: RATE };
  const pace = new ReadPace({ ...options, appendedAtMs: () => appendedAtMs });
  const startMs = time.monotonicMs();
  const done: number[] = [];
  const take = async (bytes: number): Promise<void> => {
    await pace.take(bytes);
    done.push(time.monotonicMs() - startMs);
  };
  return { time, append: () => void (appendedAtMs = time.monotonicMs()), done, take, pace };
}

type Take = (bytes: number) => Promise<void>;

async function pass(time: VirtualTime, ms: number): Promise<void> {
  for (let step = 0; step < ms; step++) {
    await settled();
    time.pass(1);
  }
  await settled();
}

it('holds nobody back while no messages come in', async () => {
  const { done, take } = setUp();
  for (let count = 0; count < 5; count++) await take(RATE);
  expect(done).toEqual([0, 0, 0, 0, 0]);
});

it('gives readers so much in a second while messages come in, each in its turn', async () => {
  const { time, append, done, take } = setUp();
  append();
  const all = Promise.all([take(1_000), take(3_000), take(1_000), take(1_000)]);
  await pass(time, 60);
  expect(done).toEqual([0, 10, 40, 50]);
  await all;
});

it('has readers read little at once while messages come in', async () => {
  const { time, append, pace } = setUp();
  expect(pace.maxBytes).toBe(Number.POSITIVE_INFINITY);
  append();
  expect(pace.maxBytes).toBe(64 * 1024);
  await pass(time, 30);
  expect(pace.maxBytes).toBe(Number.POSITIVE_INFINITY);
});

it('asks nothing afterwards for what was read while nobody sent', async () => {
  const { time, append, done, take } = setUp();
  await take(100 * RATE);
  append();
  await take(1_000);
  expect(done).toEqual([0, 0]);
  // A second of sends with pauses: what was not read is not saved up for later.
  await pass(time, 1_000);
  append();
  const both = Promise.all([take(2_000), take(1_000)]);
  await pass(time, 30);
  expect(done).toEqual([0, 0, 1_000, 1_020]);
  await both;
});
