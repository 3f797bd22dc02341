import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '@orbitmq/testkit';
import { gate } from '../test/gate.ts';
import { ConsumePool } from './consume-pool.ts';
import { ConsumerStats, SlidingSum } from './consumer-stats.ts';
import { outcomeOf } from './listeners.ts';
import type { ReceivedMessage } from './message.ts';
import { ProcessQueue } from './process-queue.ts';
import { pushSettings } from './push-options.ts';
import { parseConsumeTimestamp } from './start-offset.ts';

function message(queueOffset: number): ReceivedMessage {
  return { queueOffset, body: Buffer.from('x'), reconsumeTimes: 0 } as ReceivedMessage;
}

describe('a pool of listeners', () => {
  it('runs so many at a time, in order, however many come', async () => {
    const pool = new ConsumePool(3);
    const gates = Array.from({ length: 5_000 }, () => gate());
    const begun: number[] = [];
    for (const [index, { promise }] of gates.entries()) {
      pool.add(() => {
        begun.push(index);
        return promise;
      });
    }
    expect(begun).toEqual([0, 1, 2]);
    expect(pool.waitingCount).toBe(4_997);
    for (const { open } of gates.slice(0, 2_000)) open();
    await gates[1_999]?.promise;
    for (let turn = 0; pool.waitingCount > 2_997 && turn < 10_000; turn++) await Promise.resolve();
    expect(pool.waitingCount).toBe(2_997);
    expect(begun).toEqual(Array.from({ length: 2_003 }, (_, index) => index));
  });

  it('drops what waits for an owner that is gone, and no more', () => {
    const pool = new ConsumePool(1);
    const [stays, goes] = [{}, {}];
    const forever = gate();
    pool.add(() => forever.promise, goes);
    for (let index = 0; index < 10; index++) {
      pool.add(() => Promise.resolve(), index % 2 === 0 ? stays : goes);
    }
    pool.forget(goes);
    expect(pool.waitingCount).toBe(5);
  });

  it('takes nothing any more when it is drained, and says when what runs has ended', async () => {
    const pool = new ConsumePool(1);
    const running = gate();
    const begun: string[] = [];
    pool.add(() => running.promise);
    pool.add(() => {
      begun.push('waiting');
      return Promise.resolve();
    });
    let isDrained = false;
    const draining = pool.drain().then(() => {
      isDrained = true;
    });
    pool.add(() => {
      begun.push('late');
      return Promise.resolve();
    });
    await Promise.resolve();
    expect(isDrained).toBe(false);
    running.open();
    await draining;
    expect(begun).toEqual([]);
  });
});

describe('what a listener says', () => {
  it.each([
    [undefined, 'success', 3],
    ['success' as const, 'success', 3],
    ['reconsume-later' as const, 'later', 0],
    [{ acknowledged: 2 }, 'later', 2],
    [{ acknowledged: 9 }, 'success', 3],
    [{ acknowledged: -1 }, 'later', 0],
    [{ delayLevel: 4 }, 'later', 0],
  ])('%j of three messages is %s with %d done', (result, kind, acknowledged) => {
    expect(outcomeOf(result, 3)).toMatchObject({ kind, acknowledged });
  });
});

describe('what no listener may say', () => {
  it.each([null, 3, true, 'SUCCESS', Symbol('x')])('is refused by its name: %p', (result) => {
    const refused = expect.objectContaining({
      code: 'CLIENT_INVALID_ARGUMENT',
      message: expect.stringMatching(/^the listener gave .*expected/),
    }) as unknown as Error;
    expect(() => outcomeOf(result as never, 1)).toThrow(refused);
  });
});

describe('messages that wait', () => {
  it('know since when a listener has them, until they are put back', () => {
    const queue = new ProcessQueue();
    queue.add([message(0), message(1), message(2)]);
    queue.start(message(0), 100);
    queue.start(message(1), 200);
    expect(queue.startedBefore(150, 16).map(({ queueOffset }) => queueOffset)).toEqual([0]);
    expect(queue.startedBefore(300, 1).map(({ queueOffset }) => queueOffset)).toEqual([0]);
    queue.putBack({ ...message(0), reconsumeTimes: 1 });
    expect(queue.startedBefore(300, 16).map(({ queueOffset }) => queueOffset)).toEqual([1]);
    expect(queue.head(1)[0]?.reconsumeTimes).toBe(1);
  });

  it('are as far as the first that is not done with, in whatever order they end', () => {
    const queue = new ProcessQueue();
    queue.add([message(5), message(6), message(8)]);
    expect(queue.remove(message(6))).toBe(5);
    expect(queue.remove(message(5))).toBe(8);
    expect(queue.remove(message(8))).toBe(9);
    expect([queue.count, queue.bytes, queue.span]).toEqual([0, 0, 0]);
  });
});

describe('messages that wait, when the broker has lost its last ones and goes on below them', () => {
  it('are as far as what came then, and are counted once', () => {
    const queue = new ProcessQueue();
    queue.add([message(98), message(99)]);
    expect(queue.remove(message(98), message(99))).toBe(100);
    queue.add([message(50)]);
    expect(queue.remove(message(50))).toBe(51);
    queue.add([message(60), message(61)]);
    queue.add([message(60)]);
    expect([queue.count, queue.bytes]).toEqual([2, 2]);
    expect(queue.remove(message(60), message(61))).toBe(61);
    expect([queue.count, queue.bytes]).toEqual([0, 0]);
  });
});

describe('statistics of a consumer', () => {
  it('forget what is older than their span', () => {
    const sum = new SlidingSum(60_000, 6);
    sum.add(1_000, 5);
    sum.add(30_000, 7);
    expect([sum.at(30_000), sum.at(59_000), sum.at(61_000), sum.at(120_000)]).toEqual([
      12, 12, 7, 0,
    ]);
  });

  it('are rates of the last minute and failures of the last hour', () => {
    const time = new VirtualTime();
    const stats = new ConsumerStats(time);
    stats.onPulled('T', 60, 30);
    stats.onConsumed('T', 30, 6, 12);
    expect(stats.status('T')).toEqual({
      pullRT: 30,
      pullTPS: 1,
      consumeRT: 12,
      consumeOKTPS: 0.5,
      consumeFailedTPS: 0.1,
      consumeFailedMsgs: 6,
    });
    time.pass(120_000);
    expect(stats.status('T')).toMatchObject({
      pullTPS: 0,
      consumeRT: 12,
      consumeFailedTPS: 0,
      consumeFailedMsgs: 6,
    });
    time.pass(3_600_000);
    expect(stats.status('T')).toMatchObject({ consumeRT: 0, consumeFailedMsgs: 0 });
  });
});

describe('options of consumers', () => {
  it('read a time as Apache writes it', () => {
    const date = new Date(2026, 0, 31, 9, 30, 15);
    expect(parseConsumeTimestamp('20260131093015')).toBe(date.getTime());
  });

  it.each(['', '2026', '20260231000000', '20260131250000', '2026013109301x'])(
    'refuse the time %j',
    (text) => {
      expect(() => parseConsumeTimestamp(text)).toThrow('expected yyyyMMddHHmmss');
    },
  );

  it.each([
    { concurrency: 0 },
    { pullBatchSize: 1_025 },
    { maxPendingMessages: 1.5 },
    { maxPendingSpan: 70_000 },
    { consumeFrom: { timestamp: 'yesterday' } },
    { group: 'not a group' },
  ])('refuse %j', (wrong) => {
    expect(() => pushSettings({ nameServers: ['a:1'], group: 'G', ...wrong })).toThrow(
      expect.objectContaining({ code: 'CLIENT_INVALID_ARGUMENT' }),
    );
  });

  it('let an orderly consumer try without end, and another one 16 times', () => {
    const common = { nameServers: ['a:1'], group: 'G' };
    expect(pushSettings(common).maxReconsumeTimes).toBe(16);
    expect(pushSettings({ ...common, isOrderly: true }).maxReconsumeTimes).toBe(2_147_483_647);
    expect(pushSettings({ ...common, maxReconsumeTimes: 3 }).maxReconsumeTimes).toBe(3);
  });
});
