/** Pulls a queue from its first message to its end over one connection, one request at a time. */
import { connect, type Socket } from 'node:net';
import { RequestCode } from '@orbitmq/protocol';
import type { Histogram } from 'hdr-histogram-js';
import { requestFrame } from './request-frame.ts';

export interface PullLoopOptions {
  readonly port: number;
  readonly topic: string;
  readonly queueId: number;
  readonly batch: number;
  /** In microseconds. */
  readonly latencies: Histogram;
  /** Told of the records of each answer. */
  readonly onRecords?: ((records: Buffer) => void) | undefined;
  /** On the monotonic clock: until then the queue is followed beyond its end. */
  readonly followUntilMs?: number | undefined;
}

const SYS_FLAG_SUSPEND = 2;
const SYS_FLAG_SUBSCRIPTION = 4;
/** How long the broker holds a pull beyond the end. */
const SUSPEND_MS = 1000;
const CODE_NOT_FOUND = 19;
const CODE_MOVED = 21;
const GROUP = 'CID_bench';

/** @returns how many messages came. Rejects when the connection fails or the broker refuses */
export function pullQueue(options: PullLoopOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(options.port, '127.0.0.1');
    const loop = new PullLoop(socket, options, resolve, reject);
    socket.setNoDelay(true);
    socket.on('connect', () => loop.ask());
    socket.on('data', (chunk) => loop.onData(chunk));
    socket.on('error', reject);
    // A broker that is killed may end it without an error. Nothing comes of it once the loop is done.
    socket.on('close', () => reject(new Error('the broker ended the connection')));
  });
}

class PullLoop {
  readonly #socket: Socket;
  readonly #options: PullLoopOptions;
  readonly #done: (messages: number) => void;
  readonly #fail: (error: Error) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = 0;
  #offset = 0;
  #messages = 0;
  #askedMs = 0;

  // oxlint-disable-next-line max-params -- the two ends of a promise
  constructor(
    socket: Socket,
    options: PullLoopOptions,
    done: (messages: number) => void,
    fail: (error: Error) => void,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#done = done;
    this.#fail = fail;
  }

  ask(): void {
    const { topic, queueId, batch, followUntilMs } = this.#options;
    const isFollowing = followUntilMs !== undefined;
    const fields = {
      consumerGroup: GROUP,
      topic,
      queueId: String(queueId),
      queueOffset: String(this.#offset),
      maxMsgNums: String(batch),
      sysFlag: String(SYS_FLAG_SUBSCRIPTION + (isFollowing ? SYS_FLAG_SUSPEND : 0)),
      commitOffset: '0',
      suspendTimeoutMillis: String(isFollowing ? SUSPEND_MS : 0),
      subscription: '*',
      subVersion: '0',
      expressionType: 'TAG',
    };
    this.#askedMs = performance.now();
    this.#socket.write(requestFrame(RequestCode.PULL_MESSAGE, fields, undefined).bytes);
  }

  onData(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < 8 || this.#bytes < this.#wanted) return;
    const frame = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#chunks = [frame];
    this.#wanted = 4 + frame.readInt32BE(0);
    if (this.#bytes < this.#wanted) return;
    this.#chunks = [];
    this.#bytes = 0;
    this.#wanted = 0;
    this.#onAnswer(frame);
  }

  #onAnswer(frame: Buffer): void {
    const headerEnd = 8 + frame.readUIntBE(5, 3);
    const header = frame.toString('latin1', 8, headerEnd);
    const { code, extFields, remark } = JSON.parse(header) as {
      readonly code: number;
      readonly extFields?: Readonly<Record<string, string>>;
      readonly remark?: string;
    };
    const next = Number(extFields?.['nextBeginOffset']);
    const isFound = code === 0;
    // A queue whose first messages were deleted, or which ends.
    const isMoved = code === CODE_MOVED && next !== this.#offset;
    const isAtEnd = code === CODE_NOT_FOUND || (code === CODE_MOVED && !isMoved);
    const { followUntilMs = 0, onRecords } = this.#options;
    if (!isFound && !isMoved && !(isAtEnd && performance.now() < followUntilMs)) {
      this.#socket.destroy();
      if (isAtEnd) this.#done(this.#messages);
      else this.#fail(new Error(`pull was refused with code ${code}: ${remark ?? ''}`));
      return;
    }
    if (isFound) {
      this.#options.latencies.recordValue(Math.round((performance.now() - this.#askedMs) * 1000));
      this.#messages += next - this.#offset;
      onRecords?.(frame.subarray(headerEnd));
    }
    if (!isAtEnd) this.#offset = next;
    this.ask();
  }
}
