import type { Clock } from '@orbitmq/runtime';

const FIRST_MS = 2000;
const EVERY_MS = 2000;
const MIB = 1024 * 1024;

/** Tells how far a long work is: nothing in its first two seconds, then a line every two. */
export class Progress {
  readonly #clock: Clock;
  readonly #write: (text: string) => void;
  readonly #startMs: number;
  #nextMs: number;

  constructor(clock: Clock, write: (text: string) => void) {
    this.#clock = clock;
    this.#write = write;
    this.#startMs = clock.monotonicMs();
    this.#nextMs = this.#startMs + FIRST_MS;
  }

  update(doneBytes: number, totalBytes: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + EVERY_MS;
    const seconds = Math.round((nowMs - this.#startMs) / 1000);
    const percent = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
    const [done, total] = [doneBytes, totalBytes].map((bytes) => Math.round(bytes / MIB));
    this.#write(`store-dump: ${done} of ${total} MiB of the log, ${percent} %, ${seconds} s\n`);
  }
}
