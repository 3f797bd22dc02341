import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ResponseCode, updateConsumerOffset } from '@orbitmq/protocol';
import { GROUP, MemoryCluster, TOPIC } from '../test/memory-cluster.ts';
import type { LitePullConsumer } from './lite-pull-consumer.ts';
import type { LitePullConsumerOptions } from './lite-pull-options.ts';
import type { MessageQueue, ReceivedMessage } from './message.ts';

const QUEUES: readonly MessageQueue[] = [0, 1].map((queueId) => {
  return { topic: TOPIC, brokerName: 'broker-0', queueId };
});
const [FIRST, SECOND] = QUEUES as [MessageQueue, MessageQueue];

let cluster: MemoryCluster;

async function assigned(
  queues: readonly MessageQueue[],
  options: Partial<LitePullConsumerOptions> = {},
): Promise<LitePullConsumer> {
  const consumer = cluster.litePullConsumer('one', options);
  consumer.assign(queues);
  await cluster.outcome(consumer.start());
  return consumer;
}

async function poll(consumer: LitePullConsumer, timeoutMs = 1_000): Promise<string[]> {
  const messages = await cluster.outcome(consumer.poll(timeoutMs));
  return messages.map(({ body }) => body.toString());
}

function put(queueId: number, count: number, from = 0): void {
  for (let index = from; index < from + count; index++) {
    cluster.broker.put(TOPIC, queueId, `${queueId}:${index}`);
  }
}

beforeEach(async () => {
  cluster = await new MemoryCluster().start();
});

afterEach(() => cluster.close());

describe('a lite pull consumer', () => {
  it('gives what is there in batches, and nothing when the time is over', async () => {
    put(0, 5);
    const consumer = await assigned([FIRST], { pullBatchSize: 3 });
    expect(await poll(consumer)).toEqual(['0:0', '0:1', '0:2']);
    expect(await poll(consumer)).toEqual(['0:3', '0:4']);
    expect(await poll(consumer, 2_000)).toEqual([]);
  });

  it('gives a message that comes while it waits', async () => {
    const consumer = await assigned([FIRST]);
    const polling = poll(consumer, 60_000);
    put(0, 1);
    expect(await polling).toEqual(['0:0']);
  });

  it('counts a batch as consumed from the next poll on', async () => {
    put(0, 4);
    const consumer = await assigned([FIRST], { pullBatchSize: 2 });
    await poll(consumer);
    await cluster.pass(11_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBeUndefined();
    await poll(consumer);
    await cluster.pass(6_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(2);
    await cluster.outcome(consumer.close());
    // The second batch was perhaps not processed.
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(2);
  });

  it('commits only when it is told to, if that is wanted', async () => {
    put(0, 4);
    const consumer = await assigned([FIRST], { pullBatchSize: 2, commitsAutomatically: false });
    await poll(consumer);
    await poll(consumer);
    await poll(consumer, 20_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBeUndefined();
    await cluster.outcome(consumer.commit([[FIRST, 1]]));
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(1);
    await cluster.outcome(consumer.commit());
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(4);
    expect(await cluster.outcome(consumer.committed(FIRST))).toBe(4);
  });

  it('says when a commit did not come through', async () => {
    put(0, 1);
    const consumer = await assigned([FIRST]);
    await poll(consumer);
    cluster.broker.refused.set(updateConsumerOffset.code, ResponseCode.SYSTEM_ERROR);
    await expect(cluster.outcome(consumer.commit())).rejects.toMatchObject({
      code: 'CLIENT_COMMIT_FAILED',
    });
  });

  it('goes where it is told, and drops what it had pulled', async () => {
    put(0, 10);
    await cluster.pass(60_000);
    const between = cluster.time.now();
    put(0, 10, 10);
    const consumer = await assigned([FIRST], { pullBatchSize: 2 });
    await poll(consumer);
    await cluster.outcome(consumer.seek(FIRST, 7));
    expect(await poll(consumer)).toEqual(['0:7', '0:8']);
    expect(consumer.position(FIRST)).toBe(9);
    await cluster.outcome(consumer.seek(FIRST, 'begin'));
    expect(await poll(consumer)).toEqual(['0:0', '0:1']);
    await cluster.outcome(consumer.seek(FIRST, { timestampMs: between }));
    expect(await poll(consumer)).toEqual(['0:10', '0:11']);
    expect(await cluster.outcome(consumer.offsetForTimestamp(FIRST, between))).toBe(10);
    await cluster.outcome(consumer.seek(FIRST, 'end'));
    expect(await poll(consumer)).toEqual([]);
  });

  it('refuses an offset that is not there, and a queue that it does not read', async () => {
    put(0, 3);
    cluster.broker.minOffset = 1;
    const consumer = await assigned([FIRST]);
    for (const offset of [0, 4, 1.5]) {
      await expect(cluster.outcome(consumer.seek(FIRST, offset))).rejects.toMatchObject({
        code: 'CLIENT_INVALID_ARGUMENT',
      });
    }
    await expect(cluster.outcome(consumer.seek(SECOND, 1))).rejects.toMatchObject({
      code: 'CLIENT_INVALID_ARGUMENT',
    });
  });

  it('gives nothing of a paused queue, not even what was pulled', async () => {
    put(0, 2);
    put(1, 2);
    const consumer = await assigned(QUEUES);
    await cluster.pass(500);
    consumer.pause([FIRST]);
    expect(await poll(consumer)).toEqual(['1:0', '1:1']);
    expect(await poll(consumer)).toEqual([]);
    consumer.resume([FIRST]);
    expect(await poll(consumer)).toEqual(['0:0', '0:1']);
  });

  it('gives what other queues have, however much waits of paused ones', async () => {
    put(0, 200);
    const options = { maxPendingMessagesInTotal: 20, maxPendingMessages: 50 };
    const consumer = await assigned(QUEUES, options);
    await cluster.pass(500);
    consumer.pause([FIRST]);
    for (let from = 0; from < 20; from += 5) {
      put(1, 5, from);
      expect(await poll(consumer)).toHaveLength(5);
    }
  });

  it('goes on, and commits, where a broker is that has lost its last messages', async () => {
    put(0, 10);
    const consumer = await assigned([FIRST]);
    expect(await poll(consumer)).toHaveLength(10);
    cluster.broker.truncate(TOPIC, 0, 4);
    await cluster.pass(25_000);
    put(0, 1, 4);
    expect(await poll(consumer, 30_000)).toEqual(['0:4']);
    expect(consumer.position(FIRST)).toBe(5);
    await cluster.outcome(consumer.commit());
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBe(5);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '5', null])(
    'refuses to wait %p',
    async (timeoutMs) => {
      const consumer = await assigned([FIRST]);
      await expect(consumer.poll(timeoutMs as never)).rejects.toMatchObject({
        code: 'CLIENT_INVALID_ARGUMENT',
        message: expect.stringMatching(/^timeoutMs is .*expected/) as unknown,
      });
      expect(await poll(consumer, 0)).toEqual([]);
    },
  );

  it.each<[string, unknown]>([
    ['a negative offset', [[FIRST, -1]]],
    ['no number', [[FIRST, Number.NaN]]],
    ['no queue', [[{ topic: TOPIC }, 1]]],
    ['no pairs', [FIRST]],
    ['no list', FIRST],
    ['null', null],
  ])('commits nothing of what holds %s', async (_what, offsets) => {
    const consumer = await assigned([FIRST]);
    await expect(consumer.commit(offsets as never)).rejects.toMatchObject({
      code: 'CLIENT_INVALID_ARGUMENT',
    });
    await cluster.pass(6_000);
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 0)).toBeUndefined();
  });

  it('asks how far the group is in a queue that it does not read, whatever it committed there', async () => {
    const consumer = await assigned([FIRST]);
    await cluster.outcome(consumer.commit([[SECOND, 1]]));
    expect(cluster.broker.offsetOf(GROUP, TOPIC, 1)).toBe(1);
    cluster.broker.offsets.set(`${GROUP}@${TOPIC}@1`, 7);
    expect(await cluster.outcome(consumer.committed(SECOND))).toBe(7);
  });

  it('pulls ahead so far and no further', async () => {
    put(0, 300);
    const consumer = await assigned([FIRST], { maxPendingMessagesInTotal: 50 });
    await cluster.pass(30_000);
    expect(Math.max(...cluster.broker.pulls.map(({ queueOffset }) => queueOffset))).toBe(50);
    for (let batch = 0; batch < 30; batch++) expect(await poll(consumer)).toHaveLength(10);
  });

  it('asks for messages as the official client of 4.x does', async () => {
    await assigned([FIRST]);
    await cluster.pass(500);
    expect(cluster.broker.pulls[0]).toMatchObject({
      sysFlag: 0x16,
      subscription: '*',
      subVersion: 0,
      expressionType: 'TAG',
      commitOffset: 0,
      suspendTimeoutMillis: 20_000,
    });
  });

  it('is an endless sequence of batches, until it is closed', async () => {
    put(0, 3);
    const consumer = await assigned([FIRST], { pullBatchSize: 1 });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const batch of consumer) seen.push(...batch.map((message) => text(message)));
    })();
    await cluster.pass(2_000);
    expect(seen).toEqual(['0:0', '0:1', '0:2']);
    await cluster.outcome(consumer.close());
    await cluster.outcome(reading);
  });

  it('refuses a second poll while one waits, and polls before the start', async () => {
    const early = cluster.litePullConsumer('early');
    await expect(early.poll()).rejects.toMatchObject({ code: 'CLIENT_NOT_RUNNING' });
    const consumer = await assigned([FIRST]);
    const waiting = consumer.poll(1_000);
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'CLIENT_INVALID_ARGUMENT' });
    expect(await cluster.outcome(waiting)).toEqual([]);
  });

  it('subscribes or is assigned, not both', () => {
    const one = cluster.litePullConsumer('one');
    one.subscribe(TOPIC);
    expect(() => one.assign(QUEUES)).toThrow('exclude each other');
    const two = cluster.litePullConsumer('two');
    two.assign(QUEUES);
    expect(() => two.subscribe(TOPIC)).toThrow('exclude each other');
  });

  it('tells when a topic has other queues', async () => {
    const consumer = await assigned([FIRST]);
    const changes: number[] = [];
    consumer.onQueuesChanged(TOPIC, (_topic, queues) => void changes.push(queues.length));
    await cluster.pass(60_000);
    expect(changes).toEqual([]);
    cluster.topics.set(TOPIC, 3);
    await cluster.pass(31_000);
    expect(changes).toEqual([3]);
    expect(await cluster.outcome(consumer.fetchMessageQueues(TOPIC))).toHaveLength(3);
  });
});

describe('a lite pull consumer in a namespace', () => {
  const FULL = `ns%${TOPIC}`;

  beforeEach(() => {
    cluster.topics.set(FULL, 1).set('ns%Other', 1);
    for (const body of ['a', 'b', 'c']) cluster.broker.put(FULL, 0, body);
  });

  it('reads its topics under names that brokers know and the application does not see', async () => {
    const consumer = cluster.litePullConsumer('one', { namespace: 'ns', pullBatchSize: 2 });
    consumer.subscribe(TOPIC);
    await cluster.outcome(consumer.start());
    expect(consumer.assignedQueues).toEqual([FIRST]);
    const messages = await cluster.outcome(consumer.poll());
    expect(messages.map(({ topic, queue }) => [topic, queue])).toEqual([
      [TOPIC, FIRST],
      [TOPIC, FIRST],
    ]);
    await cluster.outcome(consumer.commit());
    expect(cluster.broker.offsetOf(`ns%${GROUP}`, FULL, 0)).toBe(2);
    expect(cluster.broker.membersOf(`ns%${GROUP}`)).toEqual([consumer.clientId]);
    consumer.unsubscribe(TOPIC);
    await cluster.pass(500);
    expect(consumer.assignedQueues).toEqual([]);
  });

  it('takes queues by either name wherever it is given one', async () => {
    const consumer = cluster.litePullConsumer('one', { namespace: 'ns', pullBatchSize: 1 });
    const queues = await cluster.outcome(consumer.fetchMessageQueues(TOPIC));
    expect(queues).toEqual([FIRST]);
    consumer.assign(queues);
    await cluster.outcome(consumer.start());
    expect(await poll(consumer)).toEqual(['a']);
    await cluster.outcome(consumer.seek({ ...FIRST, topic: FULL }, 2));
    expect([consumer.position(FIRST), await poll(consumer)]).toEqual([2, ['c']]);
    expect(await cluster.outcome(consumer.offsetForTimestamp(FIRST, 0))).toBe(0);
    await cluster.outcome(consumer.commit([[FIRST, 1]]));
    expect(await cluster.outcome(consumer.committed(FIRST))).toBe(1);
    consumer.pause([FIRST]);
    await cluster.outcome(consumer.seek(FIRST, 'begin'));
    expect(await poll(consumer)).toEqual([]);
    consumer.resume([FIRST]);
    expect(await poll(consumer)).toEqual(['a']);
  });

  it('tells of other queues under the name that it was asked about', async () => {
    const consumer = cluster.litePullConsumer('one', { namespace: 'ns' });
    const heard: unknown[] = [];
    consumer.onQueuesChanged('Other', (topic, queues) => void heard.push(topic, queues.length));
    await cluster.outcome(consumer.start());
    cluster.topics.set('ns%Other', 2);
    await cluster.pass(31_000);
    expect(heard).toEqual(['Other', 2]);
  });
});

describe('lite pull consumers of a group', () => {
  it('share queues, and go on where the one that left was done', async () => {
    const one = cluster.litePullConsumer('one', { pullBatchSize: 1 });
    const two = cluster.litePullConsumer('two', { pullBatchSize: 1 });
    for (const consumer of [one, two]) {
      consumer.subscribe(TOPIC);
      await cluster.outcome(consumer.start());
    }
    await cluster.pass(2_000);
    expect(one.assignedQueues).toEqual([FIRST]);
    expect(two.assignedQueues).toEqual([SECOND]);
    put(1, 3);
    expect(await poll(two)).toEqual(['1:0']);
    expect(await poll(two)).toEqual(['1:1']);
    await cluster.outcome(two.close());
    await cluster.pass(2_000);
    expect(one.assignedQueues).toEqual(QUEUES);
    expect(await poll(one)).toEqual(['1:1']);
  });
});

function text({ body }: ReceivedMessage): string {
  return body.toString();
}
