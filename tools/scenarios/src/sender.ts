/** Sends messages to one broker, a fixed number at a time, and keeps the ledger of what it acknowledges. */
import {
  decodeRecords,
  heartBeat,
  printHeartbeatData,
  pullMessage,
  ResponseCode,
  sendMessageV2,
} from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import { BrokenPromise, type Ledger, type ServedQueue } from './ledger.ts';

const QUEUES = 4;
/** Stands for the code of an answer that did not come: the broker is down, or too slow. */
export const NO_ANSWER = -1;
const TOPIC = 'Scenario';
const TIMEOUT_MS = 3_000;
const PULL_SUBSCRIPTION = 4;
/** After a refusal: the broker is down, or its disk full. */
const PAUSE_MS = 20;

export class Sender {
  readonly #client = new RemotingClient();
  readonly #address: string;
  readonly #ledger: Ledger;
  readonly #bodyBytes: number;
  #isRunning = false;
  #next = 0;
  #loops: Promise<void>[] = [];
  /** How often each code was answered; {@link NO_ANSWER} counts requests without one. */
  readonly answers = new Map<number, number>();

  constructor(address: string, ledger: Ledger, bodyBytes: number) {
    this.#address = address;
    this.#ledger = ledger;
    this.#bodyBytes = bodyBytes;
  }

  /** Begins to send, `window` messages at a time. */
  start(window: number): void {
    this.#isRunning = true;
    this.#loops = Array.from({ length: window }, () => this.#loop());
    // A broken promise of the broker's is thrown by stop(), not as a rejection that nobody handles.
    for (const loop of this.#loops) loop.catch(() => undefined);
  }

  /** Waits for what is under way. @throws {BrokenPromise} when two messages were given one place */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#loops);
  }

  /** Sends one message. @returns the answer's code, or {@link NO_ANSWER} */
  async send(): Promise<number> {
    const number = this.#next++;
    const queueId = number % QUEUES;
    const body = `${number} ${'x'.repeat((number * 37) % this.#bodyBytes)}`;
    this.#ledger.sent(body);
    const fields = { a: 'PG', b: TOPIC, c: 'TBW102', d: QUEUES, e: queueId, f: 0, g: Date.now() };
    const options = { timeoutMs: TIMEOUT_MS, body: Buffer.from(body) };
    const answer = await this.#client
      .invoke(this.#address, sendMessageV2, { ...fields, h: 0 }, options)
      .catch(() => undefined);
    if (answer?.code === ResponseCode.SUCCESS) {
      const { queueOffset } = answer.fields;
      this.#ledger.acknowledged({ queueId: answer.fields.queueId, queueOffset, body });
    }
    const code = answer?.code ?? NO_ANSWER;
    this.answers.set(code, (this.answers.get(code) ?? 0) + 1);
    return code;
  }

  /** Announces a consumer of a group that the broker does not know. @returns the answer's code */
  async join(consumerGroup: string): Promise<number> {
    const body = printHeartbeatData({
      clientID: consumerGroup,
      producerDataSet: [],
      consumerDataSet: [
        {
          groupName: consumerGroup,
          consumeType: 'CONSUME_PASSIVELY',
          messageModel: 'CLUSTERING',
          consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
          subscriptionDataSet: [],
          unitMode: false,
        },
      ],
    });
    const options = { timeoutMs: TIMEOUT_MS, body };
    return (await this.#client.invoke(this.#address, heartBeat, {}, options)).code;
  }

  /** Reads all queues from their beginning and compares them with the ledger. @throws {BrokenPromise} */
  async check(): Promise<void> {
    const served = new Map<number, ServedQueue>();
    for (let queueId = 0; queueId < QUEUES; queueId++) {
      served.set(queueId, await this.#readAll(queueId));
    }
    this.#ledger.check(served);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #loop(): Promise<void> {
    while (this.#isRunning) {
      const code = await this.send();
      if (code !== ResponseCode.SUCCESS) {
        await new Promise((resolve) => {
          setTimeout(resolve, PAUSE_MS);
        });
      }
    }
  }

  /** From the queue's first message to its end. */
  async #readAll(queueId: number): Promise<Map<number, string>> {
    const served = new Map<number, string>();
    for (let queueOffset = 0; ; ) {
      const answer = await this.#client.invoke(
        this.#address,
        pullMessage,
        {
          consumerGroup: 'CG',
          topic: TOPIC,
          queueId,
          queueOffset,
          maxMsgNums: 32,
          sysFlag: PULL_SUBSCRIPTION,
          commitOffset: 0,
          suspendTimeoutMillis: 0,
          subscription: '*',
          subVersion: 0,
        },
        { timeoutMs: TIMEOUT_MS },
      );
      if (answer.code === ResponseCode.PULL_NOT_FOUND) return served;
      if (answer.code !== ResponseCode.SUCCESS) {
        throw new BrokenPromise(
          `queue ${queueId} at ${queueOffset} is answered with ${answer.code}: ${answer.remark}`,
        );
      }
      for (const message of decodeRecords(answer.body ?? Buffer.alloc(0))) {
        served.set(message.queueOffset, message.body.toString());
      }
      queueOffset = answer.fields.nextBeginOffset;
    }
  }
}
