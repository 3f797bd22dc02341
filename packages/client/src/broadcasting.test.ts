import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readWholeFile } from '@orbitmq/runtime';
import { CrashableDisk } from '@orbitmq/testkit';
import { GROUP, MemoryCluster, TOPIC } from '../test/memory-cluster.ts';
import type { MessageListener } from './listeners.ts';
import { parseOffsetsFile, printOffsetsFile } from './local-offset-store.ts';
import type { PushConsumer } from './push-consumer.ts';
import type { PushConsumerOptions } from './push-options.ts';

const DIRECTORY = '/home/app/.rocketmq_offsets';

let cluster: MemoryCluster;
let disk: CrashableDisk;

function newConsumer(
  name: string,
  listener: MessageListener,
  options: Partial<PushConsumerOptions> = {},
): PushConsumer {
  const consumer = cluster.pushConsumer(name, {
    messageModel: 'broadcasting',
    offsetsDirectory: DIRECTORY,
    disk,
    ...options,
  });
  consumer.subscribe(TOPIC, '*', listener);
  return consumer;
}

function fileOf(consumer: PushConsumer): string {
  return `${DIRECTORY}/${consumer.clientId}/${GROUP}/offsets.json`;
}

beforeEach(async () => {
  disk = new CrashableDisk();
  cluster = await new MemoryCluster(2).start();
});

afterEach(() => cluster.close());

describe('a broadcasting consumer', () => {
  it('gets every message, as every other one', async () => {
    const seen: string[] = [];
    const consumers = ['one', 'two'].map((name) => {
      return newConsumer(name, ({ body }) => void seen.push(`${name} ${body.toString()}`));
    });
    for (const consumer of consumers) await cluster.outcome(consumer.start());
    for (const broker of cluster.brokers) broker.put(TOPIC, 1, broker.name);
    await cluster.pass(1_000);
    expect(seen.toSorted()).toEqual([
      'one broker-0',
      'one broker-1',
      'two broker-0',
      'two broker-1',
    ]);
    expect(consumers[0]?.assignedQueues).toHaveLength(4);
  });

  it('tells no broker how far it is, but a file, and goes on there', async () => {
    const seen: string[] = [];
    const listener: MessageListener = ({ body }) => void seen.push(body.toString());
    const first = newConsumer('one', listener);
    cluster.broker.put(TOPIC, 0, 'a');
    await cluster.outcome(first.start());
    await cluster.pass(6_000);
    expect(cluster.broker.offsets.size).toBe(0);
    await cluster.outcome(first.close());
    cluster.broker.put(TOPIC, 0, 'b');
    disk = disk.powerCut({ seed: 1 });
    await cluster.outcome(newConsumer('one', listener, { consumeFrom: 'last' }).start());
    await cluster.pass(1_000);
    expect(seen).toEqual(['a', 'b']);
  });

  it('does not get a message again that its listener failed on', async () => {
    let tries = 0;
    const consumer = newConsumer('one', () => {
      tries++;
      throw new Error('no');
    });
    cluster.broker.put(TOPIC, 0, 'a');
    await cluster.outcome(consumer.start());
    await cluster.pass(60_000);
    expect(tries).toBe(1);
    expect(cluster.broker.deadLetters).toEqual([]);
    expect(consumer.assignedQueues.every(({ topic }) => topic === TOPIC)).toBe(true);
  });

  it('locks nothing when it is orderly, and drops a message after its last try', async () => {
    const seen: string[] = [];
    const listener: MessageListener = ({ body }) => {
      seen.push(body.toString());
      return body.toString() === 'bad' ? 'reconsume-later' : 'success';
    };
    const consumer = newConsumer('one', listener, { isOrderly: true, maxReconsumeTimes: 1 });
    cluster.broker.put(TOPIC, 0, 'bad');
    cluster.broker.put(TOPIC, 0, 'good');
    await cluster.outcome(consumer.start());
    await cluster.pass(5_000);
    expect(seen).toEqual(['bad', 'bad', 'good']);
    expect(cluster.broker.locks.size).toBe(0);
  });

  it('reads the file before the last one when the last one is torn', async () => {
    const seen: string[] = [];
    const listener: MessageListener = ({ body }) => void seen.push(body.toString());
    const first = newConsumer('one', listener);
    await cluster.outcome(first.start());
    cluster.broker.put(TOPIC, 0, 'a');
    await cluster.pass(6_000);
    cluster.broker.put(TOPIC, 0, 'b');
    await cluster.pass(6_000);
    await cluster.outcome(first.close());
    const file = await disk.open(fileOf(first), 'read-write');
    await file.truncate(20);
    await file.close();
    await cluster.outcome(newConsumer('one', listener, { consumeFrom: 'last' }).start());
    await cluster.pass(1_000);
    expect(seen).toEqual(['a', 'b', 'b']);
  });
});

describe('the offsets file', () => {
  const TEXT = `{
	"offsetTable":{{
			"brokerName":"broker-a",
			"queueId":0,
			"topic":"TopicA"
		}:42,{
			"brokerName":"broker-a",
			"queueId":1,
			"topic":"TopicA"
		}:7
	}
}`;

  it('is in the form that the official client writes and reads', () => {
    const offsets = parseOffsetsFile(Buffer.from(TEXT));
    expect(offsets).toEqual([
      [{ topic: 'TopicA', brokerName: 'broker-a', queueId: 0 }, 42],
      [{ topic: 'TopicA', brokerName: 'broker-a', queueId: 1 }, 7],
    ]);
    expect(printOffsetsFile(offsets)).toBe(TEXT);
  });

  it('is at the place where the official client has it', async () => {
    const consumer = newConsumer('one', () => undefined);
    cluster.broker.put(TOPIC, 1, 'a');
    await cluster.outcome(consumer.start());
    await cluster.pass(6_000);
    const content = await readWholeFile(disk, fileOf(consumer));
    expect(content?.toString()).toContain('"queueId":1,');
  });
});
