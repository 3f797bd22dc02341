import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  consumerSendMsgBack,
  heartBeat,
  pullMessage,
  queryConsumerOffset,
  ResponseCode,
  sendMessageV2,
  updateConsumerOffset,
} from '@orbitmq/protocol';
import { gate } from '../test/gate.ts';
import type { MemoryBroker } from '../test/memory-broker.ts';
import { GROUP, MemoryCluster, TOPIC } from '../test/memory-cluster.ts';
import type { ReceivedMessage } from './message.ts';

let cluster: MemoryCluster;

function texts(messages: readonly ReceivedMessage[]): string[] {
  return messages.map(({ body }) => body.toString());
}

beforeEach(async () => {
  cluster = await new MemoryCluster().start();
});

afterEach(() => cluster.close());

describe('a push consumer', () => {
  it('consumes what is there and what comes, and tells how far it is', async () => {
    cluster.broker.put(TOPIC, 0, 'a');
    const seen: ReceivedMessage[] = [];
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', (message) => void seen.push(message));
    await cluster.outcome(consumer.start());
    await cluster.pass(200);
    cluster.broker.put(TOPIC, 1, 'b');
    await cluster.pass(200);
    expect(texts(seen)).toEqual(['a', 'b']);
    await cluster.pass(5_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 1)).toBe(1);
    expect(cluster.complaints).toEqual([]);
  });

  it('never tells brokers of a message that is not done with', async () => {
    for (let index = 0; index < 10; index++) cluster.broker.put(TOPIC, 0, String(index));
    const slow = gate();
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', ({ body }) =>
      body.toString() === '3' ? slow.promise : undefined,
    );
    await cluster.outcome(consumer.start());
    await cluster.pass(60_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(3);
    slow.open();
    await cluster.pass(6_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(10);
  });

  it('gives a failed message back, and gets it again with its topic and one time more', async () => {
    const at = cluster.broker.put(TOPIC, 0, 'a');
    const seen: ReceivedMessage[] = [];
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', (message) => {
      seen.push(message);
      if (seen.length === 1) throw new Error('not today');
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(9_000);
    expect(seen).toHaveLength(1);
    await cluster.pass(2_000);
    expect(seen.map(({ topic, reconsumeTimes }) => [topic, reconsumeTimes])).toEqual([
      [TOPIC, 0],
      [TOPIC, 1],
    ]);
    await cluster.pass(5_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(at + 1);
  });

  it('sends a copy when the broker does not take a message back', async () => {
    cluster.broker.put(TOPIC, 0, 'a');
    cluster.broker.refused.set(consumerSendMsgBack.code, ResponseCode.SYSTEM_ERROR);
    const seen: ReceivedMessage[] = [];
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', (message) => {
      seen.push(message);
      return message.reconsumeTimes === 0 ? 'reconsume-later' : 'success';
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(15_000);
    expect(seen.map(({ topic, reconsumeTimes }) => [topic, reconsumeTimes])).toEqual([
      [TOPIC, 0],
      [TOPIC, 1],
    ]);
    expect(cluster.broker.requests).toContain(sendMessageV2.code);
  });

  it('keeps a message that no broker takes back, and tries it here until it is done with', async () => {
    cluster.broker.put(TOPIC, 0, 'a');
    cluster.broker.refused.set(consumerSendMsgBack.code, ResponseCode.SYSTEM_ERROR);
    cluster.broker.refused.set(sendMessageV2.code, ResponseCode.SYSTEM_ERROR);
    const times: number[] = [];
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', ({ reconsumeTimes }) => {
      times.push(reconsumeTimes);
      return times.length < 3 ? 'reconsume-later' : 'success';
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(6_000);
    expect(times).toEqual([0, 1]);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(0);
    await cluster.pass(12_000);
    expect(times).toEqual([0, 1, 2]);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
  });

  it('makes a dead letter of what a listener gives up', async () => {
    cluster.broker.put(TOPIC, 0, 'a');
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', () => ({ delayLevel: -1 }));
    await cluster.outcome(consumer.start());
    await cluster.pass(500);
    expect(cluster.broker.deadLetters).toEqual(['a']);
  });

  it('makes a dead letter of a message whose body nobody can read, and goes on', async () => {
    cluster.broker.put(TOPIC, 0, 'this is not zlib', { sysFlag: 0x301 });
    cluster.broker.put(TOPIC, 0, 'b');
    const seen: ReceivedMessage[] = [];
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', (message) => void seen.push(message));
    await cluster.outcome(consumer.start());
    await cluster.until(() => seen.length > 0);
    await cluster.pass(6_000);
    expect(texts(seen)).toEqual(['b']);
    expect(cluster.broker.deadLetters).toEqual(['this is not zlib']);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(2);
  });

  it('stops pulling when so much waits, however long listeners take', async () => {
    for (let index = 0; index < 500; index++) cluster.broker.put(TOPIC, 0, String(index));
    const forever = gate();
    let running = 0;
    const consumer = cluster.pushConsumer('one', {
      concurrency: 3,
      maxPendingMessages: 40,
      drainTimeoutMs: 100,
    });
    consumer.subscribe(TOPIC, '*', () => {
      running++;
      return forever.promise;
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(60_000);
    expect(running).toBe(3);
    const fetched = cluster.broker.pulls.filter(({ queueId }) => queueId === 0);
    expect(fetched.at(-1)?.queueOffset).toBeLessThanOrEqual(64);
    forever.open();
  });

  it('divides the bound for all queues among those it holds', async () => {
    for (let index = 0; index < 100; index++) cluster.broker.put(TOPIC, 0, String(index));
    const forever = gate();
    const consumer = cluster.pushConsumer('one', {
      concurrency: 1,
      pullBatchSize: 1,
      maxPendingMessagesInTotal: 30,
      drainTimeoutMs: 100,
    });
    consumer.subscribe(TOPIC, '*', () => forever.promise);
    await cluster.outcome(consumer.start());
    await cluster.pass(20_000);
    // Two queues of the topic and the retry topic's one: ten each.
    const offsets = cluster.broker.pulls.flatMap(({ topic, queueId, queueOffset }) =>
      topic === TOPIC && queueId === 0 ? queueOffset : [],
    );
    expect(Math.max(...offsets)).toBe(10);
    forever.open();
  });

  it.each([false, true])(
    'consumes what one broker has while another answers nothing (orderly: %s)',
    async (isOrderly) => {
      const two = await new MemoryCluster(2).start();
      two.topics.set(TOPIC, 16);
      const [silent, other] = two.brokers as [MemoryBroker, MemoryBroker];
      silent.unanswered.add(queryConsumerOffset.code);
      other.put(TOPIC, 0, 'a');
      const seen: ReceivedMessage[] = [];
      // The members are asked of the other: connections that a call timed out on are closed, and forget members.
      const random = { next: () => 0, below: (limit: number) => limit - 1 };
      const consumer = two.pushConsumer('one', { isOrderly, random });
      consumer.subscribe(TOPIC, '*', (message) => void seen.push(message));
      void consumer.start();
      // Less than its eight queues would take one after the other, 5 s each.
      await two.pass(20_000);
      expect(texts(seen)).toEqual(['a']);
      silent.unanswered.clear();
      await two.close();
    },
  );

  it('leaves messages with their listeners when the time of day is set forward', async () => {
    let aheadMs = 0;
    const { time } = cluster;
    const clock = { now: () => time.now() + aheadMs, monotonicMs: () => time.monotonicMs() };
    const consumeTimeoutMs = 60_000;
    const consumer = cluster.pushConsumer('one', { clock, consumeTimeoutMs });
    const slow = gate();
    consumer.subscribe(TOPIC, '*', () => slow.promise);
    await cluster.outcome(consumer.start());
    await cluster.pass(30_000);
    cluster.broker.put(TOPIC, 0, 'a');
    await cluster.pass(500);
    aheadMs = 7_200_000;
    await cluster.pass(40_000);
    expect(cluster.broker.requests).not.toContain(consumerSendMsgBack.code);
    slow.open();
  });

  it('gives messages that a listener does not let go to others, and goes on', async () => {
    cluster.broker.put(TOPIC, 0, 'stuck');
    const forever = gate();
    const seen: number[] = [];
    const consumer = cluster.pushConsumer('one', { consumeTimeoutMs: 60_000, drainTimeoutMs: 100 });
    consumer.subscribe(TOPIC, '*', ({ reconsumeTimes }) => {
      seen.push(reconsumeTimes);
      return reconsumeTimes === 0 ? forever.promise : undefined;
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(59_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBeUndefined();
    await cluster.pass(80_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
    expect(seen).toEqual([0, 1]);
    forever.open();
    await cluster.pass(1_000);
    expect(seen).toEqual([0, 1]);
  });

  it('goes on after its broker restarted, and greets it before it pulls', async () => {
    const seen: ReceivedMessage[] = [];
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', (message) => void seen.push(message));
    await cluster.outcome(consumer.start());
    cluster.broker.put(TOPIC, 0, 'a');
    await cluster.pass(200);
    await cluster.broker.stop();
    await cluster.pass(3_000);
    await cluster.broker.start();
    cluster.broker.put(TOPIC, 0, 'b');
    await cluster.pass(4_000);
    expect(texts(seen)).toEqual(['a', 'b']);
    expect(cluster.broker.membersOf(GROUP)).toEqual([consumer.clientId]);
  });

  it('introduces itself again when its broker has forgotten it, once for all its queues', async () => {
    cluster.topics.set(TOPIC, 16);
    const seen: ReceivedMessage[] = [];
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', (message) => void seen.push(message));
    await cluster.outcome(consumer.start());
    await cluster.pass(500);
    const heartbeats = (): number => {
      return cluster.broker.requests.filter((code) => code === heartBeat.code).length;
    };
    const before = heartbeats();
    cluster.broker.members.get(GROUP)?.clear();
    for (let queueId = 0; queueId < 16; queueId++) cluster.broker.put(TOPIC, queueId, 'a');
    await cluster.pass(2_000);
    cluster.broker.put(TOPIC, 0, 'b');
    await cluster.pass(500);
    expect(seen).toHaveLength(17);
    expect(heartbeats() - before).toBeLessThanOrEqual(2);
  });

  it('goes where the broker says when its offset is not there any more', async () => {
    for (let index = 0; index < 10; index++) cluster.broker.put(TOPIC, 0, String(index));
    cluster.broker.offsets.set(`${GROUP}@${TOPIC}@0`, 2);
    cluster.broker.minOffset = 7;
    const seen: ReceivedMessage[] = [];
    const consumer = cluster.pushConsumer('one', { concurrency: 1 });
    consumer.subscribe(TOPIC, '*', (message) => void seen.push(message));
    await cluster.outcome(consumer.start());
    await cluster.pass(10_000);
    expect(texts(seen)).toEqual(['7', '8', '9']);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(10);
  });

  it('takes several messages at once, and wants those again that were not acknowledged', async () => {
    for (let index = 0; index < 5; index++) cluster.broker.put(TOPIC, 0, String(index));
    const batches: string[][] = [];
    const consumer = cluster.pushConsumer('one', { concurrency: 1 });
    consumer.subscribeBatch(TOPIC, '*', 3, (messages) => {
      batches.push(texts(messages));
      return batches.length === 1 ? { acknowledged: 2, delayLevel: 1 } : 'success';
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(2_000);
    expect(batches).toEqual([['0', '1', '2'], ['3', '4'], ['2']]);
  });

  it('pulls nothing while it is suspended', async () => {
    const seen: ReceivedMessage[] = [];
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', (message) => void seen.push(message));
    await cluster.outcome(consumer.start());
    consumer.suspend();
    await cluster.pass(16_000);
    const pulls = cluster.broker.pulls.length;
    cluster.broker.put(TOPIC, 0, 'a');
    await cluster.pass(20_000);
    expect(cluster.broker.pulls).toHaveLength(pulls);
    consumer.resume();
    await cluster.pass(1_500);
    expect(texts(seen)).toEqual(['a']);
  });

  it('gives a topic up when it is not wanted any more, with its offset', async () => {
    cluster.broker.put(TOPIC, 0, 'a');
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', () => undefined);
    await cluster.outcome(consumer.start());
    await cluster.pass(200);
    consumer.unsubscribe(TOPIC);
    await cluster.pass(200);
    expect(consumer.assignedQueues.map(({ topic }) => topic)).toEqual([`%RETRY%${GROUP}`]);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
  });
});

describe('members of a group', () => {
  it('share queues, and what a listener says after its queue was given up is no matter', async () => {
    cluster.broker.put(TOPIC, 1, 'a');
    const slow = gate();
    const first = cluster.pushConsumer('one');
    first.subscribe(TOPIC, '*', () => slow.promise);
    await cluster.outcome(first.start());
    await cluster.pass(200);
    const seen: ReceivedMessage[] = [];
    const second = cluster.pushConsumer('two');
    second.subscribe(TOPIC, '*', (message) => void seen.push(message));
    await cluster.outcome(second.start());
    await cluster.pass(1_000);
    // The second gets queue 1, with the message that the first has not done with.
    expect(texts(seen)).toEqual(['a']);
    for (let index = 0; index < 3; index++) cluster.broker.put(TOPIC, 1, `later ${index}`);
    await cluster.pass(6_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 1)).toBe(4);
    const closing = first.close();
    slow.open();
    await cluster.outcome(closing);
    // It was at offset 0 of that queue, and must not take the group back.
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 1)).toBe(4);
  });

  it('keep their queues when nobody can tell who the members are', async () => {
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', () => undefined);
    await cluster.outcome(consumer.start());
    await cluster.pass(2_000);
    const held = consumer.assignedQueues;
    expect(held).toHaveLength(3);
    cluster.broker.refused.set(38, ResponseCode.SYSTEM_BUSY);
    await cluster.pass(60_000);
    expect(consumer.assignedQueues).toEqual(held);
    // Rounds that fail are tried again each second, never several at a time.
    const asked = cluster.broker.requests.filter((code) => code === 38).length;
    await cluster.pass(10_000);
    expect(cluster.broker.requests.filter((code) => code === 38).length - asked).toBeLessThan(25);
  });

  it.each([
    [
      'has forgotten it',
      // As when its connection broke and nobody has told the others yet.
      (broker: MemoryBroker): void => {
        const members = broker.members.get(GROUP);
        for (const id of members?.keys() ?? []) if (id.endsWith('@one')) members?.delete(id);
      },
    ],
    ['answers nothing', (broker: MemoryBroker): void => void broker.unanswered.add(38)],
    [
      'refuses',
      (broker: MemoryBroker): void => void broker.refused.set(38, ResponseCode.SYSTEM_BUSY),
    ],
  ])('keep their share when a broker %s, since another one is asked', async (_what, disturb) => {
    const pair = await new MemoryCluster(2).start();
    const [one, two] = [pair.pushConsumer('one'), pair.pushConsumer('two')];
    for (const consumer of [one, two]) consumer.subscribe(TOPIC, '*', () => undefined);
    await pair.outcome(Promise.all([one.start(), two.start()]));
    await pair.pass(2_000);
    expect(one.assignedQueues.filter(({ topic }) => topic === TOPIC)).toHaveLength(2);
    const [calm, disturbed] = pair.brokers;
    // Which one is asked first is left to chance.
    for (let round = 0; round < 8; round++) {
      disturb(disturbed as MemoryBroker);
      const before = one.assignedQueues;
      calm?.notify(GROUP);
      for (let step = 0; step < 60; step++) {
        await pair.pass(200);
        expect(one.assignedQueues).toEqual(before);
      }
    }
    expect(pair.complaints.filter((line) => line.startsWith('queues could not'))).toEqual([]);
    await pair.close();
  });

  it('take a queue over where the one that left had done with it', async () => {
    const first = cluster.pushConsumer('one');
    const seen: string[] = [];
    const listener = ({ body }: ReceivedMessage): void => void seen.push(body.toString());
    first.subscribe(TOPIC, '*', listener);
    const second = cluster.pushConsumer('two');
    second.subscribe(TOPIC, '*', listener);
    await cluster.outcome(Promise.all([first.start(), second.start()]));
    await cluster.pass(2_000);
    expect(first.assignedQueues.filter(({ topic }) => topic === TOPIC)).toHaveLength(1);
    for (let queueId = 0; queueId < 2; queueId++) cluster.broker.put(TOPIC, queueId, `${queueId}`);
    await cluster.pass(200);
    await cluster.outcome(second.close());
    for (let queueId = 0; queueId < 2; queueId++) cluster.broker.put(TOPIC, queueId, `${queueId}+`);
    await cluster.pass(2_000);
    expect(seen.toSorted()).toEqual(['0', '0+', '1', '1+']);
  });
});

describe('closing', () => {
  it('waits for listeners that run, begins none, and saves what they did', async () => {
    for (let index = 0; index < 3; index++) cluster.broker.put(TOPIC, 0, String(index));
    const slow = gate();
    const begun: string[] = [];
    const consumer = cluster.pushConsumer('one', { concurrency: 1 });
    consumer.subscribe(TOPIC, '*', ({ body }) => {
      begun.push(body.toString());
      return slow.promise;
    });
    await cluster.outcome(consumer.start());
    await cluster.pass(200);
    const closing = consumer.close();
    await cluster.pass(1_000);
    slow.open();
    await cluster.outcome(closing);
    expect(begun).toEqual(['0']);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
    expect(cluster.broker.membersOf(GROUP)).toEqual([]);
  });

  it('leaves no timer behind, whatever was under way', async () => {
    for (let index = 0; index < 3; index++) cluster.broker.put(TOPIC, 0, String(index));
    cluster.broker.refused.set(consumerSendMsgBack.code, ResponseCode.SYSTEM_ERROR);
    cluster.broker.refused.set(sendMessageV2.code, ResponseCode.SYSTEM_ERROR);
    const before = cluster.time.timerCount;
    const consumer = cluster.pushConsumer('one', { drainTimeoutMs: 1_000 });
    consumer.subscribe(TOPIC, '*', ({ body }) => {
      return body.toString() === '0' ? new Promise(() => undefined) : 'reconsume-later';
    });
    consumer.subscribe('NotThere', '*', () => undefined);
    await cluster.outcome(consumer.start());
    await cluster.pass(2_500);
    await cluster.outcome(consumer.close());
    // What the servers run by themselves, once a second, stays.
    await cluster.broker.stop();
    await cluster.pass(20_000);
    expect(cluster.time.timerCount).toBeLessThanOrEqual(before + 1);
  });

  it('during the start ends it, with nothing left running', async () => {
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', () => undefined);
    const starting = consumer.start();
    const closing = consumer.close();
    await expect(cluster.outcome(starting)).rejects.toMatchObject({});
    await cluster.outcome(closing);
    const requests = cluster.broker.requests.length;
    await cluster.pass(60_000);
    expect(cluster.broker.requests).toHaveLength(requests);
  });

  it('follows a start that failed', async () => {
    const consumer = cluster.pushConsumer('one', { nameServers: ['127.0.0.1:1'] });
    consumer.subscribe(TOPIC, '*', () => undefined);
    await expect(cluster.outcome(consumer.start())).rejects.toMatchObject({
      code: 'CLIENT_NO_NAME_SERVER',
    });
    await expect(consumer.start()).rejects.toMatchObject({ code: 'CLIENT_NO_NAME_SERVER' });
  });

  it('does not wait for ever for a broker that is away', async () => {
    cluster.broker.put(TOPIC, 0, 'a');
    const consumer = cluster.pushConsumer('one');
    consumer.subscribe(TOPIC, '*', () => undefined);
    await cluster.outcome(consumer.start());
    await cluster.pass(200);
    cluster.net.isDark = true;
    await cluster.broker.stop();
    await cluster.outcome(consumer.close(), 30_000);
    expect(cluster.broker.requests.filter((code) => code === updateConsumerOffset.code)).toEqual(
      [],
    );
    expect(cluster.broker.requests).toContain(heartBeat.code);
    expect(cluster.broker.requests).toContain(pullMessage.code);
  });
});
