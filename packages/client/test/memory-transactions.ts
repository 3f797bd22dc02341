import {
  checkTransactionState,
  decodeRecord,
  endTransaction,
  MessageSysFlag,
  PropertyName,
  type StoredMessage,
} from '@orbitmq/protocol';
import type { Connection, RemotingServer } from '@orbitmq/remoting';
import type { Timer } from '@orbitmq/runtime';
import type { VirtualTime } from '@orbitmq/testkit';
import { MemoryLog, type PutOptions } from './memory-log.ts';

/** As Apache's brokers: the first check so long after the half message, later ones with the rounds. */
const FIRST_CHECK_MS = 6_000;
const CHECK_PERIOD_MS = 5_000;

/** Where transactions begin, and what knows who takes part in them. */
export interface TransactionsHost {
  readonly time: VirtualTime;
  /** Any producer of the group that is connected. */
  producer(group: string): Connection | undefined;
  put(topic: string, queueId: number, body: string, options: PutOptions): void;
}

/** Half messages of a broker in memory, which asks about those that nobody ends. They survive its restarts. */
export class MemoryTransactions {
  readonly #host: TransactionsHost;
  readonly #log: MemoryLog;
  /** By their places in the log. */
  readonly #halves = new Map<number, { readonly half: StoredMessage; readonly bytes: Buffer }>();
  #checks: Timer | undefined;

  constructor(host: TransactionsHost) {
    this.#host = host;
    this.#log = new MemoryLog(host.time);
  }

  /** Half messages that nobody has ended. */
  get openCount(): number {
    return this.#halves.size;
  }

  /** @returns where it is */
  add(topic: string, queueId: number, body: string, options: PutOptions): StoredMessage {
    const queueOffset = this.#log.put(topic, queueId, body, options);
    const bytes = this.#log.queue(topic, queueId)[queueOffset]?.bytes ?? Buffer.alloc(0);
    const half = decodeRecord(bytes, 0);
    this.#halves.set(half.physicalOffset, { half, bytes });
    return half;
  }

  serve(server: RemotingServer): void {
    server.register(endTransaction, ({ commitLogOffset, commitOrRollback }) => {
      const half = this.#halves.get(commitLogOffset)?.half;
      const isEnd = commitOrRollback !== 0;
      if (half === undefined || !isEnd) return;
      this.#halves.delete(commitLogOffset);
      if (commitOrRollback !== MessageSysFlag.transactionCommit) return;
      const { [PropertyName.transactionPrepared]: _, ...properties } = half.properties;
      this.#host.put(half.topic, half.queueId, half.body.toString(), { properties });
    });
  }

  start(): void {
    this.#checks = this.#host.time.every(CHECK_PERIOD_MS, () => this.#check());
  }

  stop(): void {
    this.#checks?.cancel();
  }

  #check(): void {
    for (const { half, bytes } of this.#halves.values()) {
      if (this.#host.time.now() - half.storeTimestamp < FIRST_CHECK_MS) continue;
      const { topic, queueOffset, physicalOffset, properties } = half;
      const id = properties[PropertyName.uniqueKey];
      this.#host.producer(properties[PropertyName.producerGroup] ?? '')?.notify(
        checkTransactionState,
        {
          tranStateTableOffset: queueOffset,
          commitLogOffset: physicalOffset,
          msgId: id,
          transactionId: id,
          topic,
        },
        bytes,
      );
    }
  }
}
