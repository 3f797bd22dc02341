/**
 * Load over one connection. A closed loop keeps so many requests under way; an open loop sends at a rate, whatever
 * the answers do, and counts a latency from when its request was due: a broker that stalls does not hide it.
 */
import { connect, type Socket } from 'node:net';
import type { Histogram } from 'hdr-histogram-js';
import { answeredId, type RequestFrame, setOpaque } from './request-frame.ts';

export interface LoopOptions {
  readonly host?: string | undefined;
  readonly port: number;
  /** Requests under way; at most, in an open loop. */
  readonly window: number;
  /** Requests a second: makes the loop an open one. */
  readonly ratePerSecond?: number | undefined;
  /** The frames of one window, sent in turn. */
  readonly frames: readonly RequestFrame[];
  /** Latencies in microseconds. */
  readonly latencies: Histogram;
  /** On the monotonic clock; nothing is recorded before it. */
  readonly measureFromMs: number;
  readonly endMs: number;
  /** How long an answer is waited for at the end; 10 s when absent. */
  readonly maxSilenceMs?: number | undefined;
  /** Requests to be answered before it ends earlier than `endMs`; no bound when absent. */
  readonly maxRequests?: number | undefined;
  /** Changes a frame before each send, in place; not its length. */
  readonly prepare?: ((frame: RequestFrame) => void) | undefined;
  /** Makes a one-way request of an answer's header, sent behind it. */
  readonly followUp?: ((header: string) => Buffer) | undefined;
}

export interface LoopResult {
  readonly answered: number;
  readonly failed: number;
}

/** How often an open loop looks for what is due. */
const PACE_MS = 1;

/** The loop ends with the first answer behind `endMs`; one that does not come within this is no answer. */
const MAX_SILENCE_MS = 10_000;

/** Runs until `endMs`. Rejects when the connection fails, or nothing is answered at the end. */
export function runLoop(options: LoopOptions): Promise<LoopResult> {
  const { maxSilenceMs = MAX_SILENCE_MS } = options;
  return new Promise((resolve, reject) => {
    const socket = connect(options.port, options.host ?? '127.0.0.1');
    const loop = new Loop(socket, options, resolve);
    const silence = setTimeout(
      () => {
        loop.stop();
        reject(new Error(`the broker answered nothing within ${maxSilenceMs} ms`));
      },
      options.endMs - performance.now() + maxSilenceMs,
    );
    socket.on('close', () => clearTimeout(silence));
    socket.setNoDelay(true);
    socket.on('connect', () => loop.start());
    socket.on('data', (chunk) => loop.onData(chunk));
    socket.on('error', (error) => {
      loop.stop();
      reject(error);
    });
    // A broker that is killed may end it without an error. Nothing comes of it once the loop is done.
    socket.on('close', () => {
      loop.stop();
      reject(new Error('the broker ended the connection'));
    });
  });
}

class Loop {
  readonly #socket: Socket;
  readonly #options: LoopOptions;
  readonly #done: (result: LoopResult) => void;
  readonly #sentMs: Float64Array;
  #startMs = 0;
  #pace: NodeJS.Timeout | undefined;
  #next = 0;
  #rest: Buffer | undefined;
  #answers = 0;
  #answered = 0;
  #failed = 0;

  constructor(socket: Socket, options: LoopOptions, done: (result: LoopResult) => void) {
    this.#socket = socket;
    this.#options = options;
    this.#done = done;
    this.#sentMs = new Float64Array(options.window);
  }

  start(): void {
    const { ratePerSecond, window } = this.#options;
    this.#startMs = performance.now();
    if (ratePerSecond === undefined) this.#send(window);
    else this.#pace = setInterval(() => this.#sendDue(ratePerSecond), PACE_MS);
  }

  stop(): void {
    clearInterval(this.#pace);
    this.#socket.destroy();
  }

  onData(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const nowMs = performance.now();
    const { followUp } = this.#options;
    const followUps: Buffer[] = [];
    let position = 0;
    let count = 0;
    while (bytes.length - position >= 8) {
      const end = position + 4 + bytes.readInt32BE(position);
      if (bytes.length < end) break;
      const headerEnd = position + 8 + bytes.readUIntBE(position + 5, 3);
      this.#onAnswer(answeredId(bytes, position + 8, headerEnd), nowMs);
      if (followUp !== undefined) {
        followUps.push(followUp(bytes.toString('latin1', position + 8, headerEnd)));
      }
      position = end;
      count++;
    }
    this.#rest = position < bytes.length ? bytes.subarray(position) : undefined;
    if (followUps.length > 0) this.#socket.write(Buffer.concat(followUps));
    this.#answers += count;
    const { endMs, maxRequests = Number.POSITIVE_INFINITY, ratePerSecond } = this.#options;
    if (nowMs >= endMs || this.#answers >= maxRequests) {
      this.stop();
      this.#done({ answered: this.#answered, failed: this.#failed });
    } else if (count > 0 && ratePerSecond === undefined) {
      this.#send(Math.min(count, maxRequests - this.#next));
    }
  }

  #sendDue(ratePerSecond: number): void {
    const due = Math.floor(((performance.now() - this.#startMs) * ratePerSecond) / 1000);
    const free = this.#options.window - (this.#next - this.#answers);
    this.#send(Math.min(due - this.#next, free));
  }

  #onAnswer(id: number, nowMs: number): void {
    const { measureFromMs, latencies, window } = this.#options;
    if (nowMs < measureFromMs) return;
    if (id < 0) {
      this.#failed++;
      return;
    }
    this.#answered++;
    const sentMs = this.#sentMs[id % window] as number;
    if (sentMs >= measureFromMs) latencies.recordValue(Math.round((nowMs - sentMs) * 1000));
  }

  #send(count: number): void {
    if (count <= 0) return;
    const { frames, window, ratePerSecond, prepare } = this.#options;
    const nowMs = performance.now();
    const out: Buffer[] = [];
    for (let index = 0; index < count; index++) {
      const id = this.#next++;
      const frame = frames[id % frames.length] as RequestFrame;
      setOpaque(frame, id % (window * 1000));
      prepare?.(frame);
      this.#sentMs[id % window] =
        ratePerSecond === undefined ? nowMs : this.#startMs + (id * 1000) / ratePerSecond;
      out.push(Buffer.from(frame.bytes));
    }
    this.#socket.write(Buffer.concat(out));
  }
}
