/**
 * The timer log: units one behind the other, in files named by the offset of their first byte. Units are
 * appended in memory and written together; blocks that were used last stay in memory, since the units of
 * a slot lie scattered.
 *
 * Source: TimerLog.java.
 */
import type { SegmentFiles } from '@orbitmq/store';
import {
  BLANK_BYTES,
  readUnit,
  type TimerUnit,
  UNIT_BYTES,
  writeBlank,
  writeUnit,
} from './timer-unit.ts';

const BLOCK_BYTES = 16_384;
/** 16 MiB of blocks besides those that are not written yet. */
const MAX_BLOCKS = 1024;

interface Block {
  readonly start: number;
  readonly bytes: Buffer;
}

export class TimerLog {
  readonly #files: SegmentFiles;
  /** By their start; those used last stand last. */
  readonly #blocks = new Map<number, Block>();
  readonly #unit = Buffer.alloc(UNIT_BYTES);
  #endPosition: number;
  #writtenPosition: number;
  #syncedPosition: number;
  #writing: Promise<void> = Promise.resolve();

  /** Use {@link TimerLog.open}. */
  private constructor(files: SegmentFiles, endPosition: number) {
    this.#files = files;
    this.#endPosition = endPosition;
    this.#writtenPosition = endPosition;
    this.#syncedPosition = endPosition;
  }

  /**
   * Goes on behind the last unit, looking for it from `from` on.
   *
   * @param onUnit told of each unit that is found; false ends the log before it
   */
  static async open(
    files: SegmentFiles,
    from: number,
    onUnit: (unit: TimerUnit, position: number) => boolean,
  ): Promise<TimerLog> {
    const log = new TimerLog(files, Math.max(from, files.minOffset));
    const end = await log.#scan(log.#endPosition, onUnit);
    await files.cut(end);
    log.#blocks.clear();
    log.#endPosition = end;
    log.#writtenPosition = end;
    log.#syncedPosition = end;
    if (end < files.endOffset) await log.#load(end);
    return log;
  }

  get minPosition(): number {
    return this.#files.minOffset;
  }

  /** Behind the last unit. */
  get endPosition(): number {
    return this.#endPosition;
  }

  /** Units before it survive the process. */
  get writtenPosition(): number {
    return this.#writtenPosition;
  }

  /** Appends a unit in memory. @returns its position */
  append(unit: TimerUnit): number {
    this.#makeRoom();
    const position = this.#endPosition;
    writeUnit(this.#unit, unit);
    this.#put(this.#unit, UNIT_BYTES);
    return position;
  }

  /** The unit at a position that {@link append} returned; undefined when it is not there any more. */
  unitAt(position: number): TimerUnit | undefined | Promise<TimerUnit | undefined> {
    if (position < this.#files.minOffset || position + UNIT_BYTES > this.#endPosition) {
      return undefined;
    }
    const missing = this.#copy(position, this.#unit);
    return missing === undefined ? unitOf(this.#unit) : this.#unitLater(position, missing);
  }

  /**
   * All units before a position that can be read, whatever leads to them: for when the units of a slot do not lead
   * back to its first. Takes as long as reading the whole log does.
   */
  async *unitsBefore(endPosition: number): AsyncGenerator<TimerUnit> {
    const { fileBytes } = this.#files;
    const bytes = Buffer.alloc(UNIT_BYTES);
    for (let position = this.minPosition; position + UNIT_BYTES <= endPosition; ) {
      const restBytes = fileBytes - (position % fileBytes);
      if (restBytes < UNIT_BYTES + BLANK_BYTES) {
        position += restBytes;
        continue;
      }
      for (let missing = this.#copy(position, bytes); missing !== undefined; ) {
        await this.#load(missing);
        missing = this.#copy(position, bytes);
      }
      const unit = unitOf(bytes);
      if (unit !== undefined) yield unit;
      position += UNIT_BYTES;
    }
  }

  /** Writes what was appended; calls run one after the other. */
  write(): Promise<void> {
    const written = this.#writing.then(() => this.#writeNow());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Makes what was written survive a power cut. */
  async sync(): Promise<void> {
    const to = this.#writtenPosition;
    await this.#files.sync(this.#syncedPosition, to);
    this.#syncedPosition = to;
  }

  /** Removes the first file as long as all its units were written before `writeTimeMs`; the last file stays. */
  async removeBefore(writeTimeMs: number): Promise<void> {
    const { fileBytes } = this.#files;
    for (;;) {
      const next = this.minPosition + fileBytes;
      // The first unit of the next file is not older than any of this one.
      if (next + UNIT_BYTES > this.#endPosition) return;
      const first = await this.unitAt(next);
      if (first === undefined || first.writeTimeMs >= writeTimeMs) return;
      for (const start of this.#blocks.keys()) if (start < next) this.#blocks.delete(start);
      await this.#files.removeFirst();
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#files.close();
  }

  #makeRoom(): void {
    const { fileBytes } = this.#files;
    const restBytes = fileBytes - (this.#endPosition % fileBytes);
    if (restBytes >= UNIT_BYTES + BLANK_BYTES) return;
    if (restBytes >= BLANK_BYTES) {
      const blank = Buffer.alloc(BLANK_BYTES);
      writeBlank(blank, restBytes);
      this.#put(blank, BLANK_BYTES);
      this.#endPosition += restBytes - BLANK_BYTES;
    } else {
      this.#endPosition += restBytes;
    }
  }

  /** Copies bytes to the end, which is always in memory. */
  #put(source: Buffer, length: number): void {
    for (let done = 0; done < length; ) {
      const start = this.#blockStart(this.#endPosition);
      let block = this.#blocks.get(start);
      if (block === undefined) {
        block = { start, bytes: Buffer.alloc(this.#blockBytes(start)) };
        this.#keep(block);
      }
      const copied = source.copy(block.bytes, this.#endPosition - start, done, length);
      done += copied;
      this.#endPosition += copied;
    }
  }

  /** @returns the start of a block that has to be read first; undefined when all is copied */
  #copy(position: number, target: Buffer): number | undefined {
    for (let done = 0; done < target.length; ) {
      const start = this.#blockStart(position + done);
      const block = this.#blocks.get(start);
      if (block === undefined) return start;
      done += block.bytes.copy(target, done, position + done - start);
    }
    return undefined;
  }

  async #unitLater(position: number, missing: number): Promise<TimerUnit | undefined> {
    await this.#load(missing);
    return this.unitAt(position);
  }

  async #load(position: number): Promise<void> {
    const start = this.#blockStart(position);
    const bytes = Buffer.alloc(this.#blockBytes(start));
    await this.#files.read(bytes, start, bytes.length);
    // Meanwhile it may have been made by an append, which then counts.
    if (!this.#blocks.has(start)) this.#keep({ start, bytes });
  }

  #keep(block: Block): void {
    this.#blocks.set(block.start, block);
    if (this.#blocks.size <= MAX_BLOCKS) return;
    const firstUnwritten = this.#blockStart(this.#writtenPosition);
    for (const start of this.#blocks.keys()) {
      if (start >= firstUnwritten || start === block.start) continue;
      this.#blocks.delete(start);
      return;
    }
  }

  async #writeNow(): Promise<void> {
    const to = this.#endPosition;
    for (let position = this.#writtenPosition; position < to; ) {
      const start = this.#blockStart(position);
      const end = Math.min(to, start + this.#blockBytes(start));
      const block = this.#blocks.get(start);
      // Behind a blank nothing is written.
      if (block !== undefined) {
        const bytes = Buffer.from(block.bytes.subarray(position - start, end - start));
        await this.#files.write(bytes, 0, bytes.length, position);
      }
      position = end;
    }
    this.#writtenPosition = to;
  }

  /** @returns where the first thing that is no unit stands */
  async #scan(
    from: number,
    onUnit: (unit: TimerUnit, position: number) => boolean,
  ): Promise<number> {
    const { fileBytes, endOffset } = this.#files;
    let position = from;
    while (position + UNIT_BYTES <= endOffset) {
      for (let missing = this.#copy(position, this.#unit); missing !== undefined; ) {
        await this.#load(missing);
        missing = this.#copy(position, this.#unit);
      }
      const unit = readUnit(this.#unit);
      if (unit === 'blank') {
        position += fileBytes - (position % fileBytes);
      } else {
        if (unit === undefined || !onUnit(unit, position)) return position;
        position += UNIT_BYTES;
      }
    }
    return position;
  }

  #blockStart(position: number): number {
    const inFile = position % this.#files.fileBytes;
    return position - (inFile % BLOCK_BYTES);
  }

  /** The last block of a file may be shorter. */
  #blockBytes(start: number): number {
    const inFile = start % this.#files.fileBytes;
    return Math.min(BLOCK_BYTES, this.#files.fileBytes - inFile);
  }
}

function unitOf(bytes: Buffer): TimerUnit | undefined {
  const unit = readUnit(bytes);
  return unit === 'blank' ? undefined : unit;
}
