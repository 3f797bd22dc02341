/** A closed loop over one connection: so many requests are always under way. */
import { connect, type Socket } from 'node:net';
import type { Histogram } from 'hdr-histogram-js';
import { answeredId, type RequestFrame, setOpaque } from './request-frame.ts';

export interface LoopOptions {
  readonly port: number;
  readonly window: number;
  /** The frames of one window, sent in turn. */
  readonly frames: readonly RequestFrame[];
  /** Latencies in microseconds. */
  readonly latencies: Histogram;
  /** On the monotonic clock; nothing is recorded before it. */
  readonly measureFromMs: number;
  readonly endMs: number;
  /** Requests to be answered before it ends earlier than `endMs`; no bound when absent. */
  readonly maxRequests?: number | undefined;
}

export interface LoopResult {
  readonly answered: number;
  readonly failed: number;
}

/** Runs until `endMs`. Rejects when the connection fails. */
export function runClosedLoop(options: LoopOptions): Promise<LoopResult> {
  return new Promise((resolve, reject) => {
    const socket = connect(options.port, '127.0.0.1');
    const loop = new Loop(socket, options, resolve);
    socket.setNoDelay(true);
    socket.on('connect', () => loop.start());
    socket.on('data', (chunk) => loop.onData(chunk));
    socket.on('error', reject);
  });
}

class Loop {
  readonly #socket: Socket;
  readonly #options: LoopOptions;
  readonly #done: (result: LoopResult) => void;
  readonly #sentMs: Float64Array;
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
    this.#send(this.#options.window);
  }

  onData(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const nowMs = performance.now();
    let position = 0;
    let count = 0;
    while (bytes.length - position >= 8) {
      const end = position + 4 + bytes.readInt32BE(position);
      if (bytes.length < end) break;
      const headerEnd = position + 8 + bytes.readUIntBE(position + 5, 3);
      this.#onAnswer(answeredId(bytes, position + 8, headerEnd), nowMs);
      position = end;
      count++;
    }
    this.#rest = position < bytes.length ? bytes.subarray(position) : undefined;
    this.#answers += count;
    const { endMs, maxRequests = Number.POSITIVE_INFINITY } = this.#options;
    if (nowMs >= endMs || this.#answers >= maxRequests) {
      this.#socket.destroy();
      this.#done({ answered: this.#answered, failed: this.#failed });
    } else if (count > 0) {
      this.#send(Math.min(count, maxRequests - this.#next));
    }
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
    const { frames, window } = this.#options;
    const nowMs = performance.now();
    const out: Buffer[] = [];
    for (let index = 0; index < count; index++) {
      const id = this.#next++;
      const frame = frames[id % frames.length] as RequestFrame;
      setOpaque(frame, id % (window * 1000));
      this.#sentMs[id % window] = nowMs;
      out.push(Buffer.from(frame.bytes));
    }
    this.#socket.write(Buffer.concat(out));
  }
}
