import { ResponseCode, sendMessageV2, updateAndCreateTopic } from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import { BrokenPromise } from './ledger.ts';

const TOPIC = 'Many';
const PERMISSION = 6;
const WINDOW = 64;
const TIMEOUT_MS = 3_000;
const BODY = Buffer.alloc(100, 'x');

/** A topic of many queues, and messages to one after the other. */
export class QueueSpread {
  readonly #client = new RemotingClient();
  readonly #address: string;
  readonly #queues: number;
  #next = 0;
  #isRunning = false;
  #loops: Promise<void>[] = [];

  constructor(address: string, queues: number) {
    this.#address = address;
    this.#queues = queues;
  }

  /** Makes the topic, and one message in each queue. @throws {BrokenPromise} when the broker refuses */
  async create(): Promise<void> {
    if (this.#queues === 0) return;
    const request = {
      topic: TOPIC,
      defaultTopic: 'TBW102',
      readQueueNums: this.#queues,
      writeQueueNums: this.#queues,
      perm: PERMISSION,
      topicFilterType: 'SINGLE_TAG',
      order: false,
    };
    const options = { timeoutMs: TIMEOUT_MS };
    const made = await this.#client.invoke(this.#address, updateAndCreateTopic, request, options);
    if (made.code !== ResponseCode.SUCCESS) throw new BrokenPromise(`no topic: ${made.remark}`);
    const fill = async (): Promise<void> => {
      while (this.#next < this.#queues) {
        if (!(await this.#send()))
          throw new BrokenPromise('a message to an empty queue is refused');
      }
    };
    await Promise.all(Array.from({ length: WINDOW }, fill));
  }

  start(): void {
    this.#isRunning = this.#queues > 0;
    const loop = async (): Promise<void> => {
      // The broker is killed some time.
      while (this.#isRunning && (await this.#send()));
    };
    this.#loops = Array.from({ length: WINDOW }, loop);
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#loops);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #send(): Promise<boolean> {
    const queueId = this.#next++ % this.#queues;
    const fields = { a: 'PG', b: TOPIC, c: 'TBW102', d: 4, e: queueId, f: 0, g: Date.now(), h: 0 };
    const answer = await this.#client
      .invoke(this.#address, sendMessageV2, fields, { timeoutMs: TIMEOUT_MS, body: BODY })
      .catch(() => undefined);
    return answer?.code === ResponseCode.SUCCESS;
  }
}
