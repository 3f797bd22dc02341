import { RocketMqError } from '@orbitmq/kernel';

/** Bytes that a decompressor brings forth, up to a bound: a small input can stand for a great many. */
export class BoundedOutput {
  readonly #maxBytes: number;
  bytes: Buffer;
  length = 0;

  /**
   * @param firstBytes room to begin with
   * @param maxBytes more than this is refused
   */
  constructor(firstBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.bytes = Buffer.allocUnsafe(Math.min(firstBytes, maxBytes));
  }

  /** Makes room for so many bytes more; {@link bytes} may be another buffer then. @throws {RocketMqError} BODY_TOO_LARGE */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.#maxBytes) throw tooLarge(this.#maxBytes);
    const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(needed, needed * 2)));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  append(chunk: Uint8Array): void {
    this.reserve(chunk.length);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
  }

  /** What was written. */
  take(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

export function tooLarge(maxBytes: number): RocketMqError {
  return new RocketMqError(`it is larger than ${maxBytes} bytes`, {
    code: 'BODY_TOO_LARGE',
    details: { maxBytes },
  });
}
