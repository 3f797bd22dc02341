import { join } from 'node:path';
import { decodeRecord, SystemTopic } from '@orbitmq/protocol';
import type { Disk } from '@orbitmq/runtime';
import type { BrokerContext } from './broker-context.ts';
import { DayRecorder, type Totals } from './stats/day-totals.ts';
import type { PutTimes } from './stats/put-times.ts';
import { RuntimeRates, runtimeInfo, type TimerLoad } from './stats/runtime-info.ts';

/** What the hot paths tell about themselves. */
export interface Load {
  readonly pendingSends: number;
  readonly sendHeadWaitMs: number;
  readonly heldPulls: number;
  readonly longestGetMs: number;
  readonly putTimes: PutTimes;
  /** Undefined where there are none. */
  readonly timers: TimerLoad | undefined;
}

export const STATUS_SAMPLE_PERIOD_MS = 1_000;

/** Keeps what GET_BROKER_RUNTIME_INFO tells. */
export class BrokerStatus {
  readonly #context: BrokerContext;
  readonly #disk: Disk;
  readonly #load: () => Load;
  readonly #rates = new RuntimeRates();
  readonly #days: DayRecorder;

  constructor(context: BrokerContext, disk: Disk, load: () => Load) {
    this.#context = context;
    this.#disk = disk;
    this.#load = load;
    this.#days = new DayRecorder(context.clock.now());
  }

  /** To be called every {@link STATUS_SAMPLE_PERIOD_MS}. */
  sample(): void {
    const { clock, store } = this.#context;
    this.#rates.sample(clock.now(), store.counters, this.#load().timers);
    this.#days.onTick(clock.now(), this.#totals());
  }

  /** What the store counted: also deliveries, retries and everything else that the broker stores itself. */
  #totals(): Totals {
    const { putMessages, transferredMessages } = this.#context.store.counters;
    return { put: putMessages, got: transferredMessages };
  }

  async info(): Promise<Map<string, string>> {
    const { clock, config, store, metadata, topics } = this.#context;
    const first = await store.recordAtOffset(store.minPhysicalOffset);
    const delayOffsets = new Map<number, { offset: number; max: number }>();
    const schedule = topics.byName(SystemTopic.schedule);
    for (const [level, offset] of metadata.delayOffsets()) {
      delayOffsets.set(level, { offset, max: schedule?.queue(level - 1).maxOffset ?? 0 });
    }
    return runtimeInfo(
      {
        ...this.#load(),
        nowMs: clock.now(),
        monotonicMs: clock.monotonicMs(),
        bootTimestampMs: store.bootTimestampMs,
        counters: store.counters,
        minPhysicalOffset: store.minPhysicalOffset,
        maxPhysicalOffset: store.maxPhysicalOffset,
        syncedOffset: store.syncedOffset,
        writtenOffset: store.writtenOffset,
        disk: await this.#disk.usage(config.storePathRootDir),
        diskRatios: store.diskRatios,
        commitLogDirectory: config.storePathCommitLog || join(config.storePathRootDir, 'commitlog'),
        earliestMessageTimestampMs: first === undefined ? -1 : storeTimeOf(first),
        capacities: {
          send: config.sendThreadPoolQueueCapacity,
          pull: config.pullThreadPoolQueueCapacity,
          query: config.queryThreadPoolQueueCapacity,
          endTransaction: config.endTransactionPoolQueueCapacity,
          litePull: config.litePullThreadPoolQueueCapacity,
          ack: config.ackThreadPoolQueueCapacity,
        },
        startAcceptSendRequestTimeStamp: config.startAcceptSendRequestTimeStamp,
        delayOffsets,
        days: this.#days.totals(this.#totals()),
      },
      this.#rates,
    );
  }
}

function storeTimeOf(record: Buffer): number {
  return decodeRecord(record, 0).storeTimestamp;
}
