import type { HotTail } from './hot-tail.ts';
import type { SegmentFiles } from './segment-files.ts';

/** The log as those read it who do not serve consumers. */
export interface LogView {
  readonly tail: HotTail;
  readonly files: SegmentFiles;
  /** Behind the last byte in the files. */
  writtenOffset(): number;
  /** What lies from here on was appended since the store was opened: it is not checked again when it is read back. */
  readonly ownFrom: number;
}

/** Bytes of the log: `buffer[start, end)`, the first of them at `offset`; all of one file. */
export interface LogBytes {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

const STRIDE_BYTES = 256 * 1024;

/** Goes through the written log from one end to the other, past the caches that consumers share. */
export class LogBytesReader {
  readonly #log: LogView;
  #stride: Buffer | undefined;

  constructor(log: LogView) {
    this.#log = log;
  }

  /** Bytes from `offset` on in memory, to be used before anything is awaited; undefined when they are not. */
  inMemory(offset: number): LogBytes | undefined {
    const chunk = this.#log.tail.find(offset);
    if (chunk === undefined) return undefined;
    const end = Math.min(chunk.length, this.#log.writtenOffset() - chunk.baseOffset);
    return { buffer: chunk.buffer, start: offset - chunk.baseOffset, end, offset };
  }

  /** Reads at least `minBytes` from the files, as far as there are; valid until the next load. */
  async load(offset: number, minBytes: number): Promise<LogBytes> {
    const { files } = this.#log;
    const wanted = Math.max(STRIDE_BYTES, minBytes);
    if (this.#stride === undefined || this.#stride.length < wanted) {
      this.#stride = Buffer.allocUnsafeSlow(wanted);
    }
    const buffer = this.#stride;
    const bytes = Math.min(wanted, this.#log.writtenOffset() - offset);
    const end = await files.read(buffer, offset, bytes);
    return { buffer, start: 0, end, offset };
  }

  /** Gives the memory back. */
  release(): void {
    this.#stride = undefined;
  }
}
