import { type Logger, toError } from '@orbitmq/kernel';
import { encodeProperties, PropertyName, SystemTopic } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import {
  type AppendRecord,
  AppendStatus,
  type MessageStore,
  type Queue,
  type RecordSpan,
} from '@orbitmq/store';
import { NOT_STORED } from '../send/delivery-pipeline.ts';
import type { MessageWriter } from '../send/message-writer.ts';
import { appendProperties, setProperties } from '../send/record-properties.ts';
import { StoredRecord } from '../send/stored-record.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import type { DueTimer } from './due-heap.ts';
import type { TimerMetrics } from './timer-metrics.ts';
import { UnitMagic } from './timer-unit.ts';
import { isRecall } from './timer-window.ts';

export interface TimerDeliveryOptions {
  readonly store: MessageStore;
  readonly metrics: TimerMetrics;
  readonly writer: MessageWriter;
  readonly topics: TopicTable;
  readonly stats: BrokerStats;
  readonly clock: Clock;
  readonly log: Logger;
  /** The timer topic's: where messages go that go round once more. */
  readonly queue: Queue;
  readonly isRecalled: (timer: DueTimer, message: StoredRecord) => boolean;
}

type Put = 'put' | 'dropped' | 'busy' | 'unavailable';

export interface AppendedTimers {
  /** As the pipeline takes them; fewer than there were messages when one was refused. */
  readonly ends: readonly number[];
  readonly refusal: 'busy' | Error | undefined;
}

const WHEEL_TOPIC = Buffer.from(SystemTopic.wheelTimer);
/** Records that are in memory together, unless a single one is longer. */
const MAX_PIECE_BYTES = 4 * 1024 * 1024;
/** Reads at a time: of the process's 16 threads for the disk the others stay for writes, syncs and consumers. */
const READERS = 4;
/** Fewer messages are not worth another reader. */
const LEAST_EACH = 32;
/** What the names of both times end with. */
const END_OF_NAMES = Buffer.from('QUEUE_MS');
/** Room for most messages' properties. */
const ROOM_BYTES = 4096;

/** Stores messages that are due in the topics they were sent to. */
export class TimerDelivery {
  readonly #options: TimerDeliveryOptions;
  /** Where properties are put together; used again for each message. */
  readonly #room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  /** The times of the last message: those of one second were taken in, and are due, at few. */
  #writeTimeMs = Number.NaN;
  #dequeueTimeMs = Number.NaN;
  #times = Buffer.alloc(0);
  /** Messages that were appended to their topics since the start. */
  delivered = 0;

  constructor(options: TimerDeliveryOptions) {
    this.#options = options;
  }

  /**
   * Appends messages in the order in which they are given; none behind one that cannot be read, or that the store
   * refuses.
   */
  async append(batch: readonly DueTimer[]): Promise<AppendedTimers> {
    const ends: number[] = [];
    while (ends.length < batch.length) {
      const piece = pieceOf(batch, ends.length);
      const records = await this.#recordsOf(piece).catch(toError);
      if (records instanceof Error) return { ends, refusal: records };
      for (const [index, timer] of piece.entries()) {
        const put = this.#put(timer, records[index]);
        if (put === 'busy') return { ends, refusal: put };
        if (put === 'unavailable') return { ends, refusal: new Error('the store takes none') };
        ends.push(put === 'put' ? this.#options.store.appended.endOffset : NOT_STORED);
      }
    }
    return { ends, refusal: undefined };
  }

  /**
   * Read in the log's order, at several places at a time: what is due at one time may lie anywhere in the log, so that
   * most messages take a read of their own.
   */
  async #recordsOf(timers: readonly DueTimer[]): Promise<(RecordSpan | undefined)[]> {
    const order = [...timers.keys()].toSorted(
      (left, right) => offsetOf(timers[left]) - offsetOf(timers[right]),
    );
    const records: (RecordSpan | undefined)[] = Array.from({ length: timers.length });
    const readers = Math.min(READERS, Math.ceil(order.length / LEAST_EACH));
    const each = Math.ceil(order.length / readers);
    const reads: Promise<void>[] = [];
    for (let start = 0; start < order.length; start += each) {
      reads.push(this.#readInto(records, timers, order.slice(start, start + each)));
    }
    await Promise.all(reads);
    return records;
  }

  async #readInto(
    records: (RecordSpan | undefined)[],
    timers: readonly DueTimer[],
    indexes: readonly number[],
  ): Promise<void> {
    const { store } = this.#options;
    const locations = indexes.map((index) => timers[index] as DueTimer);
    for (let done = 0; done < locations.length; ) {
      for (const record of await store.recordsOf(locations.slice(done))) {
        records[indexes[done] as number] = record;
        done++;
      }
    }
  }

  #put(timer: DueTimer, span: RecordSpan | undefined): Put {
    if (isRecall(timer.magic)) return 'dropped';
    const message = span && new StoredRecord(span.buffer, span.start, span.end);
    if (message?.isIn(WHEEL_TOPIC) !== true) {
      const { physicalOffset } = timer;
      this.#options.log.warn({ physicalOffset }, 'timer message is not in the log any more');
      return 'dropped';
    }
    const put = this.#putMessage(timer, message);
    const { metrics, clock } = this.#options;
    // One that is given back to be tried again waits still.
    if (put === 'put' || put === 'dropped') metrics.add(message.realTopic ?? '', -1, clock.now());
    return put;
  }

  #putMessage(timer: DueTimer, message: StoredRecord): Put {
    const { log, writer, topics, stats, store } = this.#options;
    const isRoll = (timer.magic & UnitMagic.roll) !== 0;
    if (!isRoll && this.#options.isRecalled(timer, message)) return 'dropped';
    const topic = message.realTopicIn(topics);
    if (topic === undefined) {
      log.warn({ topic: message.realTopic }, 'timer message dropped: its topic does not exist');
      return 'dropped';
    }
    if (writer.isFull) return 'busy';
    const queue = isRoll ? this.#options.queue : topic.queue(message.realQueueId);
    const status = writer.appendOwn(queue, this.#recordOf(timer, message, isRoll));
    if (status === AppendStatus.busy) return 'busy';
    if (status === AppendStatus.illegal) {
      log.error({ topic: message.realTopic }, 'timer message dropped: it is too large');
      return 'dropped';
    }
    if (status !== AppendStatus.ok) return 'unavailable';
    if (!isRoll) {
      this.delivered++;
      stats.countPut(topic.putStats, message.realQueueId, 1, store.appended.sizeBytes);
    }
    return 'put';
  }

  #recordOf(timer: DueTimer, message: StoredRecord, isRoll: boolean): AppendRecord {
    const record = message.again();
    const { writeTimeMs } = timer;
    const nowMs = this.#options.clock.now();
    const isFitting =
      isRoll || hasTimes(record)
        ? setProperties(record, {
            ...times(writeTimeMs, nowMs),
            ...(isRoll ? { [PropertyName.timerRollTimes]: String(roundsOf(message) + 1) } : {}),
          })
        : appendProperties(record, this.#encodedTimes(writeTimeMs, nowMs), this.#room);
    // Without the times it is the message all the same.
    return isFitting ? record : message.again();
  }

  #encodedTimes(writeTimeMs: number, nowMs: number): Buffer {
    if (writeTimeMs !== this.#writeTimeMs || nowMs !== this.#dequeueTimeMs) {
      this.#times = Buffer.from(encodeProperties(times(writeTimeMs, nowMs)));
      this.#writeTimeMs = writeTimeMs;
      this.#dequeueTimeMs = nowMs;
    }
    return this.#times;
  }
}

function times(writeTimeMs: number, nowMs: number): Record<string, string> {
  return {
    [PropertyName.timerEnqueueMs]: String(writeTimeMs),
    [PropertyName.timerDequeueMs]: String(nowMs),
  };
}

/** Whether a record may have one of the times already: it went round once. */
function hasTimes({ properties, propertiesStart, propertiesEnd }: AppendRecord): boolean {
  return properties.subarray(propertiesStart, propertiesEnd).includes(END_OF_NAMES);
}

/** Those from `first` on that are read together. */
function pieceOf(batch: readonly DueTimer[], first: number): readonly DueTimer[] {
  let end = first;
  for (let bytes = 0; end < batch.length; end++) {
    bytes += (batch[end] as DueTimer).sizeBytes;
    if (end > first && bytes > MAX_PIECE_BYTES) break;
  }
  return batch.slice(first, end);
}

function offsetOf(timer: DueTimer | undefined): number {
  return timer?.physicalOffset ?? 0;
}

function roundsOf({ properties }: StoredRecord): number {
  return Number(properties[PropertyName.timerRollTimes] ?? 0) || 0;
}
