/** Consumers that run in a thread of their own, so that what they do does not delay the sends that are measured. */
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { RequestCode, ResponseCode } from '@orbitmq/protocol';
import { requestFrame } from './request-frame.ts';

/**
 * `cold`: reads old messages as fast as they come, one request at a time for each queue. `slow`: has asked for many and hardly
 * reads its connection, so that answers pile up.
 */
export type ConsumerKind = 'cold' | 'slow';

export interface ConsumerOptions {
  readonly kind: ConsumerKind;
  readonly port: number;
  readonly topic: string;
  readonly queues: number;
  /** Of each queue's first pull. Beyond the beginning it is a warm-up: at a queue's end it goes on there. */
  readonly fromOffset: number;
}

const GROUP = 'CID_bench_beside';
const SYS_FLAG_SUBSCRIPTION = 4;
const COLD_BATCH = 32;
/** As much as a pull may bring. */
const SLOW_BATCH = 512;
/** Requests a slow consumer has under way. */
const SLOW_WINDOW = 16;
/** How often a slow consumer takes what its socket holds. */
const SLOW_READ_MS = 100;

/** Starts consumers. The function it returns stops them. @returns bytes that came, when they are stopped */
export async function startConsumers(options: ConsumerOptions): Promise<() => Promise<number>> {
  const worker = new Worker(new URL('./consumer-thread.js', import.meta.url), {
    workerData: options,
  });
  const failed = new Promise<never>((_, reject) => worker.once('error', reject));
  await Promise.race([new Promise((resolve) => worker.once('online', resolve)), failed]);
  return async () => {
    const bytes = new Promise<number>((resolve) => worker.once('message', resolve));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of a thread, not of a window
    worker.postMessage('stop');
    try {
      return await Promise.race([bytes, failed]);
    } finally {
      await worker.terminate();
    }
  };
}

/** In the thread. @returns a function that tells how many bytes came by now */
export function consume({ kind, port, topic, queues, fromOffset }: ConsumerOptions): () => number {
  let bytes = 0;
  const [batch, window] = kind === 'cold' ? [COLD_BATCH, 1] : [SLOW_BATCH, SLOW_WINDOW];
  for (let queueId = 0; queueId < queues; queueId++) {
    const socket = connect(port, '127.0.0.1');
    const ask = (offset: number): void => {
      socket.write(pullFrame({ topic, queueId, offset, batch }));
    };
    const answers = new AnswerReader((header) => ask(nextOffset(header, fromOffset)));
    socket.on('connect', () => {
      for (let request = 0; request < window; request++) ask(fromOffset + request * batch);
    });
    socket.on('error', (error) => {
      throw error;
    });
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      answers.take(chunk);
      if (kind === 'slow') {
        socket.pause();
        setTimeout(() => socket.resume(), SLOW_READ_MS);
      }
    });
  }
  return () => bytes;
}

function pullFrame(pull: {
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
  readonly batch: number;
}): Buffer {
  const fields = {
    consumerGroup: GROUP,
    topic: pull.topic,
    queueId: String(pull.queueId),
    queueOffset: String(pull.offset),
    maxMsgNums: String(pull.batch),
    sysFlag: String(SYS_FLAG_SUBSCRIPTION),
    commitOffset: '0',
    suspendTimeoutMillis: '0',
    subscription: '*',
    subVersion: '0',
    expressionType: 'TAG',
  };
  return requestFrame(RequestCode.PULL_MESSAGE, fields, undefined).bytes;
}

/** @throws when the broker refuses; at a queue's end, too, unless it is a warm-up: there is more than a round reads */
function nextOffset(header: string, fromOffset: number): number {
  const { code, remark, extFields } = JSON.parse(header) as {
    readonly code: number;
    readonly remark?: string;
    readonly extFields?: Readonly<Record<string, string>>;
  };
  if (code === ResponseCode.PULL_NOT_FOUND && fromOffset > 0) return fromOffset;
  if (code !== 0) throw new Error(`a pull was answered with ${code}: ${remark ?? ''}`);
  return Number(extFields?.['nextBeginOffset']);
}

/** Passes over the bodies of answers without collecting them: only their headers are looked at. */
class AnswerReader {
  readonly #onAnswer: (header: string) => void;
  #head: Buffer = Buffer.alloc(0);
  #header = '';
  /** Bytes of the answer that are still to come, once its header is known. */
  #rest = 0;

  constructor(onAnswer: (header: string) => void) {
    this.#onAnswer = onAnswer;
  }

  take(chunk: Buffer): void {
    let bytes = chunk;
    for (;;) {
      if (this.#rest > 0) {
        const skipped = Math.min(this.#rest, bytes.length);
        this.#rest -= skipped;
        bytes = bytes.subarray(skipped);
        if (this.#rest > 0) return;
        this.#onAnswer(this.#header);
      }
      this.#head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
      if (this.#head.length < 8) return;
      const headerEnd = 8 + this.#head.readUIntBE(5, 3);
      if (this.#head.length < headerEnd) return;
      this.#header = this.#head.toString('latin1', 8, headerEnd);
      this.#rest = 4 + this.#head.readInt32BE(0) - headerEnd;
      bytes = this.#head.subarray(headerEnd);
      this.#head = Buffer.alloc(0);
      // An answer without a body.
      if (this.#rest === 0) this.#onAnswer(this.#header);
    }
  }
}
