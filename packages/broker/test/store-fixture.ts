import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@orbitmq/kernel';
import { BrokerMetadata } from '@orbitmq/metadata';
import { decodeRecord, encodeHost, encodeProperties, type StoredMessage } from '@orbitmq/protocol';
import { type Clock, nodeDisk, systemTimers } from '@orbitmq/runtime';
import { AppendRecord, MessageStore, type Queue } from '@orbitmq/store';
import { GroupTable } from '../src/groups/group-table.ts';
import { readQueue } from '../src/read-queue.ts';
import { DelayLevels } from '../src/schedule/delay-levels.ts';
import { MessagePutter } from '../src/send/message-putter.ts';
import { MessageRouter } from '../src/send/message-router.ts';
import { MessageWriter } from '../src/send/message-writer.ts';
import { BrokerStats } from '../src/stats/broker-stats.ts';
import { TimerIntake } from '../src/timer/timer-intake.ts';
import { TopicTable } from '../src/topics/topic-table.ts';
import { HalfMessages } from '../src/transaction/half-messages.ts';

export const STORE_HOST = encodeHost({ ip: '10.0.0.1', port: 10911 });
const LEVELS = DelayLevels.parse('1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h');

/** Time of day that tests set; the monotonic one is the same. */
export class SetClock implements Clock {
  nowMs = 1_700_000_000_000;

  now(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }
}

/** What a broker is made of below its port, on a store of its own. */
export class StoreFixture implements AsyncDisposable {
  readonly clock: SetClock;
  readonly directory: string;
  readonly store: MessageStore;
  readonly metadata: BrokerMetadata;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly stats = new BrokerStats({ clusterName: 'C', isDetailed: true });
  readonly writer: MessageWriter;
  readonly putter: MessagePutter;
  readonly router: MessageRouter;
  readonly halfMessages: HalfMessages;
  readonly levels = LEVELS;
  readonly timerConfig = {
    timerWheelEnable: true,
    timerPrecisionMs: 1000,
    timerMaxDelaySec: 259_200,
    timerCongestNumEachSlot: 1_000_000,
    timerRollWindowSlot: 172_800,
    timerStopEnqueue: false,
    timerStopDequeue: false,
    recallMessageEnable: true,
    brokerName: 'broker-a',
  };
  slotCount: (slot: number) => number = () => 0;

  static async create(): Promise<StoreFixture> {
    return StoreFixture.open(await mkdtemp(join(tmpdir(), 'orbitmq-broker-')), new SetClock());
  }

  static async open(directory: string, clock: SetClock): Promise<StoreFixture> {
    const shared = { disk: nodeDisk, clock, timers: systemTimers, log: silentLogger };
    const store = await MessageStore.open({
      ...shared,
      directory,
      storeHost: STORE_HOST,
      settings: {
        commitLogFileBytes: 1024 * 1024,
        consumeQueueFileBytes: 20_000,
        delayLevelsMs: LEVELS.all(),
      },
    });
    const metadata = await BrokerMetadata.open({ ...shared, directory: join(directory, 'config') });
    return new StoreFixture(directory, clock, store, metadata);
  }

  // oxlint-disable-next-line max-params -- the pieces that `open` made
  private constructor(
    directory: string,
    clock: SetClock,
    store: MessageStore,
    metadata: BrokerMetadata,
  ) {
    this.directory = directory;
    this.clock = clock;
    this.store = store;
    this.metadata = metadata;
    this.topics = new TopicTable({
      configs: metadata,
      store,
      stats: this.stats,
      log: silentLogger,
      isAutoCreateEnabled: () => true,
      onChanged: () => undefined,
    });
    this.groups = new GroupTable({
      configs: metadata,
      log: silentLogger,
      isAutoCreateEnabled: () => true,
    });
    this.writer = new MessageWriter({
      store,
      clock,
      answers: { storeHost: STORE_HOST, regionId: 'R', isTraceOn: true },
      isSyncFlush: false,
      syncFlushTimeoutMs: 5000,
      maxPending: 10_000,
    });
    this.putter = new MessagePutter(this.writer, this.topics, this.stats);
    this.router = new MessageRouter({
      topics: this.topics,
      groups: this.groups,
      delayLevels: LEVELS,
      clock,
      brokerAddress: '10.0.0.1:10911',
      timers: new TimerIntake({
        config: this.timerConfig,
        clock,
        random: { next: () => 0.5, below: () => 0 },
        slotCount: (slot) => this.slotCount(slot),
      }),
      transactions: { isRejected: () => false, isFull: () => false },
    });
    this.halfMessages = new HalfMessages({
      store,
      metadata,
      writer: this.writer,
      router: this.router,
      topics: this.topics,
      stats: this.stats,
      clock,
      log: silentLogger,
      storeHost: STORE_HOST,
    });
  }

  /** The same directory in a new process: everything that only memory held is gone. */
  async restart(): Promise<StoreFixture> {
    await this.halfMessages.loaded;
    await this.store.close();
    await this.metadata.close();
    return StoreFixture.open(this.directory, this.clock);
  }

  record(body: string, properties: Readonly<Record<string, string>> = {}): AppendRecord {
    const record = new AppendRecord();
    record.bornHost = STORE_HOST;
    record.bornTimestampMs = this.clock.nowMs;
    record.body = Buffer.from(body);
    record.bodyEnd = record.body.length;
    record.properties = Buffer.from(encodeProperties(properties));
    record.propertiesEnd = record.properties.length;
    return record;
  }

  /** Stores a record; resolves when it can be read. */
  async put(queue: Queue, record: AppendRecord): Promise<StoredMessage> {
    const stored = this.writer.put(queue, record);
    if (!(stored instanceof Promise)) throw new Error(`refused with status ${stored}`);
    const { physicalOffset } = await stored;
    const bytes = await this.store.recordAtOffset(physicalOffset);
    if (bytes === undefined) throw new Error('cannot be read');
    return decodeRecord(bytes, 0);
  }

  /** Messages that are stored afterwards carry the time that the clock has then. */
  turn(): Promise<void> {
    return new Promise((resolve) => systemTimers.afterPoll(resolve));
  }

  /** All messages of a queue. */
  async messages(topic: string, queueId = 0): Promise<StoredMessage[]> {
    const messages: StoredMessage[] = [];
    const queue = this.store.queue(topic, queueId);
    for await (const bytes of readQueue(this.store, queue, 0, queue.maxOffset)) {
      messages.push(decodeRecord(bytes, 0));
    }
    return messages;
  }

  async bodies(topic: string, queueId = 0): Promise<string[]> {
    return (await this.messages(topic, queueId)).map(({ body }) => body.toString());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.halfMessages.loaded;
    await this.store.close();
    await this.metadata.close();
    await rm(this.directory, { recursive: true });
  }
}
