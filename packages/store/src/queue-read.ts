/**
 * One read of a queue on its way: where it is, what it took, and when it has enough. Records that lie behind each
 * other are copied together, since a copy costs more than most records are long.
 *
 * Source: DefaultMessageStore.java (getMessage, isTheBatchFull).
 */
import type { GrowingBuffer } from '@orbitmq/kernel';
import type { Queue } from './queue.ts';
import type { ReadLimits, ReadResult, ReadStatus } from './read-result.ts';

/** `maxTransferCountOnMessageInMemory` and its like; a pull never returns more, whatever it asks for. */
const MAX_MESSAGES_IN_MEMORY = 32;
const MAX_BYTES_IN_MEMORY = 256 * 1024;
const MAX_MESSAGES_ON_DISK = 8;
const MAX_BYTES_ON_DISK = 64 * 1024;

export class QueueRead {
  readonly queue: Queue;
  readonly limits: ReadLimits;
  readonly out: GrowingBuffer;
  readonly #startLength: number;
  offset: number;
  /** A record that is too long for the readers' cache, where the run read one: its place and what stands there. */
  long: { readonly offset: number; readonly bytes: Buffer } | undefined;
  examined = 0;
  #taken = 0;
  /** Records that were taken and not copied yet: bytes `[#from, #to)` of it. */
  #pending: Buffer | undefined;
  #from = 0;
  #to = 0;
  #removed = 0;
  #isFarBehind = false;

  constructor(queue: Queue, offset: number, limits: ReadLimits, out: GrowingBuffer) {
    this.queue = queue;
    this.offset = offset;
    this.limits = limits;
    this.out = out;
    this.#startLength = out.length;
  }

  /** Whether one more record of that size is too much; never before the first. */
  isFull(sizeBytes: number, isOnDisk: boolean): boolean {
    if (this.#taken === 0) return false;
    const { maxMessages, maxBytes } = this.limits;
    const bytes = this.out.length - this.#startLength + this.#to - this.#from + sizeBytes;
    const countLimit = isOnDisk ? MAX_MESSAGES_ON_DISK : MAX_MESSAGES_IN_MEMORY;
    const byteLimit = isOnDisk ? MAX_BYTES_ON_DISK : MAX_BYTES_IN_MEMORY;
    return (
      this.#taken >= Math.min(maxMessages, countLimit) || bytes > Math.min(maxBytes, byteLimit)
    );
  }

  /** The record is not in the log any more, or not what was written. */
  skip(): void {
    this.#removed++;
    this.pass();
  }

  /** The messages before `offset` are not in the log any more. */
  jump(offset: number): void {
    this.#removed++;
    this.offset = offset;
  }

  /** The message does not match. */
  pass(): void {
    this.offset++;
    this.examined++;
  }

  /** The record is `buffer[start, end)`, which stays as it is until {@link copyTaken}. */
  take(buffer: Buffer, start: number, end: number, isFarBehind: boolean): void {
    if (buffer !== this.#pending || start !== this.#to) {
      this.copyTaken();
      this.#pending = buffer;
      this.#from = start;
    }
    this.#to = end;
    this.#taken++;
    this.#isFarBehind = isFarBehind;
    this.pass();
  }

  /** To be called before the buffers of what was taken may change. */
  copyTaken(): void {
    const { out } = this;
    if (this.#pending === undefined) return;
    out.reserve(this.#to - this.#from);
    out.length += this.#pending.copy(out.buffer, out.length, this.#from, this.#to);
    this.#pending = undefined;
    this.#from = 0;
    this.#to = 0;
  }

  result(): ReadResult {
    this.copyTaken();
    const { minOffset, maxOffset } = this.queue;
    let status: ReadStatus = 'FOUND';
    if (this.#taken === 0) {
      status = this.#removed > 0 ? 'MESSAGE_WAS_REMOVING' : 'NO_MATCHED_MESSAGE';
    }
    return {
      status,
      nextBeginOffset: this.offset,
      minOffset,
      maxOffset,
      messageCount: this.#taken,
      isFarBehind: this.#isFarBehind,
    };
  }
}
