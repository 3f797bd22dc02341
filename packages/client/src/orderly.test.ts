import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lockBatchMq, ResponseCode, unlockBatchMq } from '@orbitmq/protocol';
import { gate } from '../test/gate.ts';
import { GROUP, MemoryCluster, TOPIC } from '../test/memory-cluster.ts';
import type { MessageListener } from './listeners.ts';
import type { PushConsumer } from './push-consumer.ts';
import type { PushConsumerOptions } from './push-options.ts';

let cluster: MemoryCluster;

function newConsumer(
  name: string,
  listener: MessageListener,
  options: Partial<PushConsumerOptions> = {},
): PushConsumer {
  const consumer = cluster.pushConsumer(name, { isOrderly: true, ...options });
  consumer.subscribe(TOPIC, '*', listener);
  return consumer;
}

function put(queueId: number, ...bodies: string[]): void {
  for (const body of bodies) cluster.broker.put(TOPIC, queueId, body);
}

function ownQueues(consumer: PushConsumer): number {
  return consumer.assignedQueues.filter(({ topic }) => topic === TOPIC).length;
}

beforeEach(async () => {
  cluster = await new MemoryCluster().start();
});

afterEach(() => cluster.close());

describe('an orderly consumer', () => {
  it('consumes a queue one message after the other, and queues at the same time', async () => {
    put(0, 'a1', 'a2', 'a3');
    put(1, 'b1', 'b2', 'b3');
    const running = new Set<number>();
    const seen: string[] = [];
    let together = 0;
    const consumer = newConsumer('one', async ({ body, queue }) => {
      expect(running.has(queue.queueId)).toBe(false);
      running.add(queue.queueId);
      together = Math.max(together, running.size);
      for (let turn = 0; turn < 3; turn++) await new Promise((done) => setImmediate(done));
      running.delete(queue.queueId);
      seen.push(body.toString());
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(2_000);
    expect(seen.filter((body) => body.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(seen.filter((body) => body.startsWith('b'))).toEqual(['b1', 'b2', 'b3']);
    expect(together).toBe(2);
  });

  it('tries a message again every second, which stops its queue and no other', async () => {
    put(0, 'bad', 'behind');
    put(1, 'x', 'y');
    const seen: string[] = [];
    let isCured = false;
    const consumer = newConsumer('one', ({ body, reconsumeTimes }) => {
      const text = body.toString();
      seen.push(text === 'bad' ? `bad${reconsumeTimes}` : text);
      if (text === 'bad' && !isCured) throw new Error('not yet');
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(2_500);
    expect(seen.toSorted()).toEqual(['bad0', 'bad1', 'bad2', 'x', 'y']);
    await cluster.pass(3_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(0);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 1)).toBe(2);
    isCured = true;
    await cluster.pass(1_100);
    expect(seen.at(-1)).toBe('behind');
    await cluster.pass(5_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(2);
  });

  it('rests as long as the listener says', async () => {
    put(0, 'bad');
    let tries = 0;
    const consumer = newConsumer('one', () => {
      tries++;
      return { suspendMs: 10_000 };
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(9_500);
    expect(tries).toBe(1);
    await cluster.pass(1_000);
    expect(tries).toBe(2);
  });

  it('makes a dead letter of a message that failed as often as it may, and goes on', async () => {
    put(0, 'bad', 'good');
    const seen: string[] = [];
    const consumer = newConsumer(
      'one',
      ({ body }) => {
        seen.push(body.toString());
        return body.toString() === 'bad' ? 'reconsume-later' : 'success';
      },
      { maxReconsumeTimes: 2 },
    );
    await cluster.outcome(consumer.start());
    await cluster.pass(4_000);
    expect(seen).toEqual(['bad', 'bad', 'bad', 'good']);
    expect(cluster.broker.deadLetters).toEqual(['bad']);
  });

  it('takes no queue that another member has locked, until it is unlocked', async () => {
    put(0, 'a');
    cluster.broker.locks.set(`${TOPIC}@0`, { clientId: 'other', untilMs: 1e12 });
    const seen: string[] = [];
    const consumer = newConsumer('one', ({ body }) => void seen.push(body.toString()));
    await cluster.outcome(consumer.start());
    await cluster.pass(30_000);
    expect(seen).toEqual([]);
    expect(ownQueues(consumer)).toBe(1);
    cluster.broker.locks.delete(`${TOPIC}@0`);
    await cluster.pass(2_000);
    expect(seen).toEqual(['a']);
  });

  it('renews its leases every 20 s', async () => {
    const consumer = newConsumer('one', () => undefined);
    await cluster.outcome(consumer.start());
    await cluster.pass(2_000);
    const before = cluster.broker.requests.filter((code) => code === lockBatchMq.code).length;
    await cluster.pass(60_000);
    const after = cluster.broker.requests.filter((code) => code === lockBatchMq.code).length;
    expect(after - before).toBe(3);
  });

  it('gives a queue that it lost to another member up without telling how far it was', async () => {
    put(0, 'a', 'b');
    const slow = gate();
    const consumer = newConsumer('one', ({ body }) => {
      return body.toString() === 'b' ? slow.promise : undefined;
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(6_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
    cluster.broker.locks.set(`${TOPIC}@0`, { clientId: 'other', untilMs: 1e12 });
    await cluster.pass(25_000);
    cluster.broker.offsets.set(`${GROUP}@${TOPIC}@0`, 2);
    slow.open();
    await cluster.pass(10_000);
    expect(ownQueues(consumer)).toBe(1);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(2);
  });

  it('begins no message of a broker that restarted before its lease was given again', async () => {
    put(0, 'a1');
    const seen: string[] = [];
    const consumer = newConsumer('one', ({ body }) => void seen.push(body.toString()));
    await cluster.outcome(consumer.start());
    await cluster.pass(1_000);
    await cluster.broker.stop();
    cluster.broker.refused.set(lockBatchMq.code, ResponseCode.SYSTEM_ERROR);
    await cluster.broker.start();
    put(0, 'a2');
    await cluster.pass(10_000);
    expect(seen).toEqual(['a1']);
    cluster.broker.refused.clear();
    await cluster.pass(2_000);
    expect(seen).toEqual(['a1', 'a2']);
  });

  it('lets the listener that runs while its broker restarts end, and counts what it says', async () => {
    put(0, 'a1', 'a2');
    const hold = gate();
    const seen: string[] = [];
    const consumer = newConsumer('one', async ({ body }) => {
      seen.push(body.toString());
      if (seen.length === 1) await hold.promise;
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(1_000);
    await cluster.broker.stop();
    await cluster.broker.start();
    await cluster.pass(5_000);
    hold.open();
    await cluster.pass(5_000);
    expect(seen).toEqual(['a1', 'a2']);
  });

  it('begins no message when its broker has not renewed the lease for 30 s', async () => {
    cluster.broker.put(TOPIC, 0, 'a');
    const seen: string[] = [];
    const consumer = newConsumer('one', ({ body }) => void seen.push(body.toString()));
    await cluster.outcome(consumer.start());
    await cluster.pass(1_500);
    expect(seen).toEqual(['a']);
    cluster.broker.refused.set(lockBatchMq.code, ResponseCode.SYSTEM_BUSY);
    await cluster.pass(31_000);
    put(0, 'late');
    await cluster.pass(5_000);
    expect(seen).toEqual(['a']);
    cluster.broker.refused.delete(lockBatchMq.code);
    await cluster.pass(3_000);
    expect(seen).toEqual(['a', 'late']);
  });
});

describe('orderly members of a group', () => {
  it('hand a queue over when the listener has ended, and not before', async () => {
    put(1, 'a', 'b');
    const slow = gate();
    const events: string[] = [];
    const first = newConsumer('one', async ({ body }) => {
      events.push(`one begins ${body.toString()}`);
      await slow.promise;
      events.push(`one ends ${body.toString()}`);
    });
    await cluster.outcome(first.start());
    await cluster.pass(500);
    const second = newConsumer('two', ({ body }) => void events.push(`two ${body.toString()}`));
    await cluster.outcome(second.start());
    await cluster.pass(10_000);
    expect(events).toEqual(['one begins a']);
    slow.open();
    await cluster.pass(4_000);
    // The result of the first counts: the second goes on behind it.
    expect(events).toEqual(['one begins a', 'one ends a', 'two b']);
    expect(cluster.broker.requests).toContain(unlockBatchMq.code);
    expect([ownQueues(first), ownQueues(second)]).toEqual([1, 1]);
  });

  it('get a queue at once when its member closes', async () => {
    const seen: string[] = [];
    const first = newConsumer('one', () => undefined);
    const second = newConsumer('two', ({ body }) => void seen.push(body.toString()));
    await cluster.outcome(first.start());
    await cluster.outcome(second.start());
    await cluster.pass(5_000);
    expect([ownQueues(first), ownQueues(second)]).toEqual([1, 1]);
    await cluster.outcome(first.close());
    put(0, 'a');
    put(1, 'b');
    await cluster.pass(1_500);
    expect(seen.toSorted()).toEqual(['a', 'b']);
  });

  it('keep a queue locked whose listener does not end, when they close', async () => {
    put(0, 'a');
    const first = newConsumer('one', () => new Promise(() => undefined), { drainTimeoutMs: 2_000 });
    await cluster.outcome(first.start());
    await cluster.pass(1_000);
    await cluster.outcome(first.close());
    expect(cluster.broker.locks.has(`${TOPIC}@0`)).toBe(true);
    expect(cluster.broker.locks.has(`${TOPIC}@1`)).toBe(false);
  });
});
