import {
  decodeRecord,
  encodeProperties,
  encodeRecord,
  type StoredMessage,
} from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';

/** 127.0.0.1:10911. */
const HOST = Buffer.from([127, 0, 0, 1, 0, 0, 0x2a, 0x9f]);
const RECORD_DISTANCE = 1_000;

export interface PutOptions {
  readonly properties?: Readonly<Record<string, string>>;
  readonly reconsumeTimes?: number;
  readonly sysFlag?: number;
}

/** Messages of a broker in memory, as records. */
export class MemoryLog {
  readonly #clock: Clock;
  readonly #queues = new Map<string, { readonly bytes: Buffer; readonly storedMs: number }[]>();
  readonly #byPlace = new Map<number, Buffer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  queue(topic: string, queueId: number): { readonly bytes: Buffer; readonly storedMs: number }[] {
    const key = `${topic}@${queueId}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = [];
      this.#queues.set(key, queue);
    }
    return queue;
  }

  /** @returns its queue offset */
  put(topic: string, queueId: number, body: string, options: PutOptions): number {
    const { properties = {}, reconsumeTimes = 0, sysFlag = 0 } = options;
    const queue = this.queue(topic, queueId);
    const queueOffset = queue.length;
    const physicalOffset = (this.#byPlace.size + 1) * RECORD_DISTANCE;
    const storedMs = this.#clock.now();
    const bytes = encodeRecord({
      topic,
      queueId,
      flag: 0,
      queueOffset,
      physicalOffset,
      sysFlag,
      bornTimestamp: storedMs,
      bornHost: HOST,
      storeTimestamp: storedMs,
      storeHost: HOST,
      reconsumeTimes,
      preparedTransactionOffset: 0,
      body: Buffer.from(body),
      properties: Buffer.from(encodeProperties(properties)),
    });
    this.#byPlace.set(physicalOffset, bytes);
    queue.push({ bytes, storedMs });
    return queueOffset;
  }

  /** Of all queues of a topic. */
  messages(topic: string): StoredMessage[] {
    const queues = [...this.#queues].filter(([key]) => key.startsWith(`${topic}@`));
    return queues.flatMap(([, queue]) => queue.map(({ bytes }) => decodeRecord(bytes, 0)));
  }

  /** As {@link messages}. */
  bodies(topic: string): string[] {
    return this.messages(topic).map(({ body }) => body.toString());
  }

  at(physicalOffset: number): StoredMessage | undefined {
    const bytes = this.#byPlace.get(physicalOffset);
    return bytes && decodeRecord(bytes, 0);
  }
}
