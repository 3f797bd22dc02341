/** What a simulated disk refuses. One object may serve a disk and those that come of it. */
import type { DiskUsage } from '@orbitmq/runtime';

export type DiskErrorCode = 'EIO' | 'ENOSPC';

const NEVER = Number.POSITIVE_INFINITY;
/** Of a disk whose size was not set. */
const UNLIMITED_BYTES = 2 ** 50;

export class DiskFaults {
  /** Calls so far, of whatever kind. */
  calls = 0;
  #failAt = NEVER;
  #failUntil = 0;
  #code: DiskErrorCode = 'EIO';
  #capacityBytes = UNLIMITED_BYTES;

  /** Lets the n-th call from now fail (1: the next), and `count - 1` more behind it. */
  failCall(n: number, code: DiskErrorCode, count = 1): void {
    this.#failAt = this.calls + n;
    this.#failUntil = this.#failAt + count;
    this.#code = code;
  }

  /** No call fails any more, but for want of space. */
  heal(): void {
    this.#failAt = NEVER;
  }

  /** Whether the call that {@link failCall} names was made. */
  get hasFailed(): boolean {
    return this.calls >= this.#failAt;
  }

  /** The disk is full when files take up so much; no bound when absent. */
  setCapacity(bytes = UNLIMITED_BYTES): void {
    this.#capacityBytes = bytes;
  }

  /** Counts a call. @returns the error it is to fail with */
  next(call: string, path: string): Error | undefined {
    this.calls++;
    const isFailing = this.calls >= this.#failAt && this.calls < this.#failUntil;
    return isFailing ? diskError(this.#code, call, path) : undefined;
  }

  usage(usedBytes: number): DiskUsage {
    const totalBytes = this.#capacityBytes;
    return { totalBytes, usedBytes, availableBytes: Math.max(0, totalBytes - usedBytes) };
  }
}

/** As Node.js makes it. */
export function diskError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${call} '${path}'`), {
    code,
    syscall: call,
    path,
  });
}
