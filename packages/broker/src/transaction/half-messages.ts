/**
 * Half messages and what became of them.
 *
 * The log is the truth: a half message is unsettled as long as no op message names it. On start the op
 * messages behind the kept offset are read again, and the half messages that are left. A commit appends
 * the message and its op message one behind the other, so that one write carries both.
 *
 * A half message that is asked for is stored again at the queue's end, so that the queue's beginning
 * can move on; its producer may still settle it by the offset it knows, its origin. One transaction is
 * settled once, by whichever offset that comes.
 *
 * Source: TransactionalMessageServiceImpl.java, TransactionalMessageBridge.java, EndTransactionProcessor.java.
 */
import { type Logger, toError } from '@orbitmq/kernel';
import type { BrokerMetadata } from '@orbitmq/metadata';
import { Permission, SystemTopic } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import { type AppendRecord, AppendStatus, type MessageStore, type Queue } from '@orbitmq/store';
import { readQueue } from '../read-queue.ts';
import type { PutOutcome } from '../send/message-putter.ts';
import type { MessageRouter } from '../send/message-router.ts';
import { isStored, type MessageWriter, type StoredAt } from '../send/message-writer.ts';
import { StoredRecord } from '../send/stored-record.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import { HalfLedger } from './half-ledger.ts';
import {
  committedRecord,
  copyOfHalf,
  originOf,
  preparedOffsetOf,
  settledBy,
} from './half-message.ts';
import { OpQueue } from './op-queue.ts';

/** Keeps the offsets of both queues. */
const GROUP = 'CID_RMQ_SYS_TRANS';
export interface HalfMessagesOptions {
  readonly store: MessageStore;
  readonly metadata: BrokerMetadata;
  readonly writer: MessageWriter;
  readonly router: MessageRouter;
  readonly topics: TopicTable;
  readonly stats: BrokerStats;
  readonly clock: Clock;
  readonly log: Logger;
  /** As `encodeHost` gives it. */
  readonly storeHost: Buffer;
}

/** Where a half message was stored again. */
export interface HalfCopy {
  readonly record: AppendRecord;
  readonly queueOffset: number;
  readonly physicalOffset: number;
}

/** What settles a transaction, appended and not safe yet. */
interface Settlement {
  readonly origin: number;
  readonly halfOffset: number;
  /** Where the committed message's record ends in the log; 0 for a roll-back. */
  readonly messageEnd: number;
  /** In the op queue; -1 when the store did not take the op message. */
  readonly opOffset: number;
  readonly stored: Promise<StoredAt>;
}

const SETTLED: Promise<PutOutcome> = Promise.resolve('ok');

export class HalfMessages {
  readonly #options: HalfMessagesOptions;
  readonly #halfQueue: Queue;
  readonly #ledger: HalfLedger;
  readonly #ops: OpQueue;
  /** By origin: under way. */
  readonly #settling = new Map<number, Promise<PutOutcome>>();
  #isLoaded = false;
  /** Resolves when what the last run left is known. Rejects when it cannot be read. */
  readonly loaded: Promise<void>;

  constructor(options: HalfMessagesOptions) {
    this.#options = options;
    const { store } = options;
    this.#halfQueue = store.queue(SystemTopic.transactionHalf, 0);
    const opQueue = store.queue(SystemTopic.transactionOp, 0);
    this.#ledger = new HalfLedger(this.#keptOffset(this.#halfQueue));
    this.#ops = new OpQueue(opQueue, this.#keptOffset(opQueue), options);
    this.loaded = this.#load().then(() => {
      this.#isLoaded = true;
    });
    // Whoever waits for it is told; without anybody the log says it.
    this.loaded.catch((error: unknown) => {
      options.log.error({ err: toError(error) }, 'half messages of the last run cannot be read');
    });
  }

  /** Whether so many half messages are unsettled that no more are taken. */
  get isFull(): boolean {
    return this.#ledger.isFullAt(this.#halfQueue.nextOffset);
  }

  get canAskMore(): boolean {
    return this.#ledger.canAskMore;
  }

  /** First unsettled half message at or behind `from`; `end` when there is none before it. */
  nextUnsettled(from: number, end: number): number {
    return this.#ledger.nextUnsettled(from, end);
  }

  /** Half messages that can be read end here, in messages. */
  get end(): number {
    return this.#halfQueue.maxOffset;
  }

  /** The half message at an offset of the queue; undefined when it is not in the log any more. */
  async at(queueOffset: number): Promise<StoredRecord | undefined> {
    const bytes = await this.#options.store.recordAt(this.#halfQueue, queueOffset);
    return bytes && new StoredRecord(bytes);
  }

  /** The half message that begins at a place in the log; undefined when none does. */
  async atPhysicalOffset(physicalOffset: number): Promise<StoredRecord | undefined> {
    const bytes = await this.#options.store.recordAtOffset(physicalOffset);
    if (bytes === undefined) return undefined;
    const half = new StoredRecord(bytes);
    return half.topic === SystemTopic.transactionHalf ? half : undefined;
  }

  /**
   * The same at once, if memory has it and what the last run left is known; its bytes are to be used before
   * anything is awaited.
   */
  inMemory(physicalOffset: number): StoredRecord | undefined {
    if (!this.#isLoaded) return undefined;
    const found = this.#options.store.recordInMemory(physicalOffset);
    if (found === undefined) return undefined;
    const half = new StoredRecord(found.buffer, found.start, found.end);
    return half.isIn(this.#halfQueue.topicBytes) ? half : undefined;
  }

  /** Whether a half message is being settled, or is settled already, or has a newer copy. */
  isOutdated(half: StoredRecord): boolean {
    const origin = originOf(half);
    return this.#settling.has(origin) || this.#ledger.isOutdated(origin, half.queueOffset);
  }

  /**
   * Commits or rolls back a transaction. Resolves when that is as safe as an acknowledged message; a
   * transaction that is settled already stays as it is, which is no failure.
   */
  settle(half: StoredRecord, isCommit: boolean): Promise<PutOutcome> {
    if (this.#isLoaded) return this.#settle(half, isCommit);
    return this.loaded.then(() => this.#settle(half, isCommit));
  }

  /**
   * Stores a half message again at the queue's end.
   *
   * @returns undefined when the store does not take it now
   */
  async copy(half: StoredRecord, checkTimes: number): Promise<HalfCopy | 'illegal' | undefined> {
    const { writer, store } = this.#options;
    const record = copyOfHalf(half, checkTimes, originOf(half));
    if (record === undefined) return 'illegal';
    if (writer.isFull) return undefined;
    const copy = writer.put(this.#halfQueue, record);
    if (!(copy instanceof Promise)) return undefined;
    const origin = originOf(half);
    const { queueOffset } = store.appended;
    const takeBack = this.#ledger.addCopy(origin, queueOffset);
    const op = this.#ops.put(half.queueOffset);
    const stored = await copy;
    const hasOp = await op;
    if (!isStored(stored)) {
      takeBack();
      return undefined;
    }
    if (!hasOp) this.#ops.owe(half.queueOffset);
    this.#ledger.forget(half.queueOffset);
    return { record, queueOffset, physicalOffset: stored.physicalOffset };
  }

  /** Moves a half message to where nobody asks for it any more. @returns whether it is there */
  async giveUp(half: StoredRecord): Promise<boolean> {
    const { topics } = this.#options;
    const target = topics.ensure(SystemTopic.transactionCheckMaxTime, 1, READ_WRITE);
    const moved = this.#options.writer.put(target.queue(0), half.again());
    if (!(moved instanceof Promise)) return false;
    const op = this.#ops.put(half.queueOffset);
    const stored = await moved;
    const hasOp = await op;
    if (!isStored(stored)) return false;
    if (!hasOp) this.#ops.owe(half.queueOffset);
    // Its producer may have answered meanwhile, which counts for more.
    if (this.isOutdated(half)) return true;
    this.#ledger.giveUp(originOf(half), half.queueOffset);
    return true;
  }

  /** Has a half message asked for as if for the first time, though it may be given up. */
  async resume(message: StoredRecord): Promise<boolean> {
    await this.loaded;
    if (message.topic === SystemTopic.transactionHalf) {
      if (this.isOutdated(message)) return true;
      const copy = await this.copy(message, 0);
      return copy !== undefined && copy !== 'illegal';
    }
    const { writer, store } = this.#options;
    // One that Apache gave up does not say what its producer knows it by.
    const origin = preparedOffsetOf(message);
    const record = copyOfHalf(message, 0, origin);
    const stored = record === undefined ? undefined : writer.put(this.#halfQueue, record);
    if (!(stored instanceof Promise)) return false;
    const { queueOffset } = store.appended;
    if (!isStored(await stored)) return false;
    if (origin === undefined) return true;
    this.#ledger.resume(origin, queueOffset);
    return true;
  }

  /** A half message that is not in the log any more is settled by that. */
  forget(queueOffset: number): void {
    this.#ledger.forget(queueOffset);
  }

  /** Notes in the metadata how far both queues are used up, and appends op messages that were refused. */
  async saveProgress(): Promise<void> {
    await this.loaded;
    await this.#saveProgress();
  }

  async #saveProgress(): Promise<void> {
    await this.#ops.payOwed();
    const base = this.#ledger.advance(this.#halfQueue.maxOffset);
    this.#keep(this.#halfQueue, base);
    this.#keep(this.#ops.queue, this.#ops.doneUpTo(base));
  }

  #settle(half: StoredRecord, isCommit: boolean): Promise<PutOutcome> {
    const origin = originOf(half);
    const running = this.#settling.get(origin);
    if (running !== undefined) return running;
    if (this.#ledger.isSettled(origin)) return SETTLED;
    const appended = this.#appendSettled(origin, half, isCommit);
    if (typeof appended === 'string') return Promise.resolve(appended);
    const outcome = this.#whenSafe(appended);
    this.#settling.set(origin, outcome);
    return outcome;
  }

  /** Appends what settles a transaction, in one go: a crash must not leave the message without its op. */
  #appendSettled(
    origin: number,
    half: StoredRecord,
    isCommit: boolean,
  ): Settlement | 'illegal' | 'failed' {
    const { writer, store } = this.#options;
    if (writer.isFull) return 'failed';
    const halfOffset = this.#ledger.newestOf(origin, half.queueOffset);
    let messageEnd = 0;
    if (isCommit) {
      const status = this.#appendCommitted(half);
      if (status !== AppendStatus.ok) {
        return status === AppendStatus.illegal ? 'illegal' : 'failed';
      }
      messageEnd = store.appended.endOffset;
    }
    const opOffset = this.#ops.append(halfOffset);
    if (opOffset < 0 && !isCommit) return 'failed';
    return { origin, halfOffset, messageEnd, opOffset, stored: writer.settled() };
  }

  async #whenSafe(settlement: Settlement): Promise<PutOutcome> {
    const { origin, halfOffset, messageEnd, opOffset } = settlement;
    const isAllSafe = isStored(await settlement.stored);
    this.#settling.delete(origin);
    const hasOp = isAllSafe && opOffset >= 0;
    const isCommit = messageEnd > 0;
    const isMessageSafe = isAllSafe || messageEnd <= this.#options.writer.safeOffset;
    if (isCommit ? !isMessageSafe : !hasOp) return 'failed';
    if (hasOp) this.#ops.note(opOffset, halfOffset);
    else this.#ops.owe(halfOffset);
    this.#ledger.settle(origin, halfOffset);
    return 'ok';
  }

  #appendCommitted(half: StoredRecord): AppendStatus {
    const { router, topics, store, writer, stats } = this.#options;
    const record = committedRecord(half);
    const { realQueueId } = half;
    const topic = half.realTopicIn(topics);
    let queue = topic?.queue(realQueueId);
    if (queue === undefined) {
      const name = half.realTopic;
      if (name === undefined) return AppendStatus.illegal;
      queue = store.queue(name, realQueueId);
    }
    const { special } = half.scan;
    if (topic !== undefined && special !== 0) {
      const routed = router.route(topic, realQueueId, record, {
        special,
        maxReconsumeTimes: -1,
        peerVersion: 0,
      });
      if ('code' in routed) return AppendStatus.illegal;
      queue = routed.topic.queue(routed.queueId);
    }
    const status = writer.appendOwn(queue, record);
    if (topic !== undefined && status === AppendStatus.ok) {
      stats.countPut(topic.putStats, realQueueId, 1, store.appended.sizeBytes);
    }
    return status;
  }

  async #load(): Promise<void> {
    const { store } = this.#options;
    const { queue } = this.#ops;
    const halfEnd = this.#halfQueue.maxOffset;
    for await (const bytes of readQueue(store, queue, this.#keptOffset(queue), queue.maxOffset)) {
      const op = new StoredRecord(bytes);
      for (const halfOffset of settledBy(op)) {
        if (halfOffset < halfEnd) this.#ledger.forget(halfOffset);
        this.#ops.note(op.queueOffset, halfOffset);
      }
    }
    const ledger = this.#ledger;
    let offset = ledger.nextUnsettled(ledger.base, halfEnd);
    for (; offset < halfEnd; offset = ledger.nextUnsettled(offset + 1, halfEnd)) {
      const half = await this.at(offset);
      if (half === undefined) ledger.forget(offset);
      else await this.#loadHalf(half);
    }
    await this.#saveProgress();
  }

  /**
   * Whether a message is stored whose op message a crash prevented. Such a message is the last of the log,
   * and so the last of the queue it went to.
   */
  async #isCommitted(half: StoredRecord): Promise<boolean> {
    const { store } = this.#options;
    const { realTopic, physicalOffset } = half;
    if (realTopic === undefined) return false;
    const queues = [store.queue(realTopic, half.realQueueId)];
    if (half.scan.special !== 0) {
      queues.push(
        ...store.queuesOf(SystemTopic.schedule),
        ...store.queuesOf(SystemTopic.wheelTimer),
      );
    }
    for (const queue of queues) {
      const bytes = await store.recordAt(queue, queue.maxOffset - 1);
      if (bytes === undefined) continue;
      if (new StoredRecord(bytes).preparedTransactionOffset === physicalOffset) return true;
    }
    return false;
  }

  /** Of two copies the newer one counts; the older lacks its op message because of a crash. */
  async #loadHalf(half: StoredRecord): Promise<void> {
    const origin = originOf(half);
    const { queueOffset } = half;
    if (await this.#isCommitted(half)) {
      this.#ledger.recall(origin, queueOffset);
      await this.#ops.putOrOwe(queueOffset);
      return;
    }
    if (origin === queueOffset) return;
    const outdated = this.#ledger.newestOf(origin, origin);
    this.#ledger.addCopy(origin, queueOffset);
    if (this.#ledger.isDone(outdated)) return;
    this.#ledger.forget(outdated);
    await this.#ops.putOrOwe(outdated);
  }

  #keptOffset(queue: Queue): number {
    const kept = this.#options.metadata.consumerOffset(queue.topic, GROUP, queue.queueId);
    return Math.min(Math.max(kept ?? 0, queue.minOffset), queue.maxOffset);
  }

  #keep(queue: Queue, offset: number): void {
    const { metadata } = this.#options;
    if (metadata.consumerOffset(queue.topic, GROUP, queue.queueId) === offset) return;
    metadata.commitConsumerOffset(queue.topic, GROUP, queue.queueId, offset);
  }
}

const READ_WRITE = Permission.read | Permission.write;
