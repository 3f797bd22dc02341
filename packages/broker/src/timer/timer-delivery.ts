import type { Logger } from '@orbitmq/kernel';
import { PropertyName, SystemTopic } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import { type AppendRecord, AppendStatus, type MessageStore, type Queue } from '@orbitmq/store';
import { isStored, type MessageWriter, type StoredAt } from '../send/message-writer.ts';
import { setProperties } from '../send/record-properties.ts';
import { StoredRecord } from '../send/stored-record.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topics/topic-table.ts';
import type { DueTimer } from './due-heap.ts';
import { UnitMagic } from './timer-unit.ts';
import { isRecall } from './timer-window.ts';

export interface TimerDeliveryOptions {
  readonly store: MessageStore;
  readonly writer: MessageWriter;
  readonly topics: TopicTable;
  readonly stats: BrokerStats;
  readonly clock: Clock;
  readonly log: Logger;
  /** The timer topic's: where messages go that go round once more. */
  readonly queue: Queue;
  readonly isRecalled: (timer: DueTimer, message: StoredRecord) => boolean;
}

/** Stores messages that are due in the topics they were sent to. */
export class TimerDelivery {
  readonly #options: TimerDeliveryOptions;

  constructor(options: TimerDeliveryOptions) {
    this.#options = options;
  }

  /** Stores as many at a time as memory holds. @returns those that the store did not take now: they are to be tried again */
  async deliver(batch: readonly DueTimer[]): Promise<DueTimer[]> {
    const puts: Promise<boolean>[] = [];
    while (puts.length < batch.length) {
      // Read before anything is stored, so that they are stored in the order of their times.
      for (const record of await this.#options.store.recordsOf(batch.slice(puts.length))) {
        const message = record && new StoredRecord(record.buffer, record.start, record.end);
        const put = this.#put(batch[puts.length] as DueTimer, message);
        puts.push(put instanceof Promise ? put.then(isStored) : Promise.resolve(put));
      }
    }
    const outcomes = await Promise.all(puts);
    return batch.filter((_, index) => outcomes[index] === false);
  }

  /** @returns true when it is not to be delivered, false when the store refuses it */
  #put(timer: DueTimer, message: StoredRecord | undefined): Promise<StoredAt> | boolean {
    const { log, writer, topics, stats, store } = this.#options;
    const isRoll = (timer.magic & UnitMagic.roll) !== 0;
    if (isRecall(timer.magic)) return true;
    if (message?.topic !== SystemTopic.wheelTimer) {
      log.warn(
        { physicalOffset: timer.physicalOffset },
        'timer message is not in the log any more',
      );
      return true;
    }
    if (!isRoll && this.#options.isRecalled(timer, message)) return true;
    const topic = message.realTopic === undefined ? undefined : topics.byName(message.realTopic);
    if (topic === undefined) {
      log.warn({ topic: message.realTopic }, 'timer message dropped: its topic does not exist');
      return true;
    }
    if (writer.isFull) return false;
    const queue = isRoll ? this.#options.queue : topic.queue(message.realQueueId);
    const stored = writer.put(queue, this.#recordOf(timer, message, isRoll));
    if (stored === AppendStatus.illegal) {
      log.error({ topic: message.realTopic }, 'timer message dropped: it is too large');
      return true;
    }
    if (!(stored instanceof Promise)) return false;
    if (!isRoll) stats.countPut(topic.putStats, message.realQueueId, 1, store.appended.sizeBytes);
    return stored;
  }

  #recordOf(timer: DueTimer, message: StoredRecord, isRoll: boolean): AppendRecord {
    const record = message.again();
    const rounds = Number(message.properties[PropertyName.timerRollTimes] ?? 0) || 0;
    const isFitting = setProperties(record, {
      [PropertyName.timerEnqueueMs]: String(timer.writeTimeMs),
      [PropertyName.timerDequeueMs]: String(this.#options.clock.now()),
      ...(isRoll ? { [PropertyName.timerRollTimes]: String(rounds + 1) } : {}),
    });
    // Without the times it is the message all the same.
    return isFitting ? record : message.again();
  }
}
