/**
 * Bytes written one after another into one buffer that doubles when it is full.
 *
 * Writers reserve, then write at `length` of `buffer` themselves and advance `length`: nothing is
 * called per field. `buffer` may be another one after every `reserve`.
 */
export class GrowingBuffer {
  readonly #initialBytes: number;
  buffer: Buffer;
  length = 0;

  constructor(initialBytes: number) {
    this.#initialBytes = initialBytes;
    this.buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Makes room for `extraBytes` more bytes behind `length`. */
  reserve(extraBytes: number): void {
    const needed = this.length + extraBytes;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  append(bytes: Buffer): void {
    this.reserve(bytes.length);
    bytes.copy(this.buffer, this.length);
    this.length += bytes.length;
  }

  /** Gives away what was written; writing goes on in a new buffer. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.length);
    this.buffer = Buffer.allocUnsafeSlow(this.#initialBytes);
    this.length = 0;
    return taken;
  }

  /** Forgets what was written and keeps the buffer, unless a rare large write made it `maxKeptBytes` or more. */
  reset(maxKeptBytes: number): void {
    this.length = 0;
    if (this.buffer.length > maxKeptBytes) this.buffer = Buffer.allocUnsafeSlow(this.#initialBytes);
  }
}
