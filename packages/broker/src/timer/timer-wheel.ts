/**
 * Slots of waiting messages: for each second (`timerPrecisionMs`) where its units are in the timer log.
 * The file `timerwheel` has one slot of 32 bytes for each second of a fortnight, at index
 * `second % 1209600`:
 *
 *   offset  size  field
 *   0       8     the slot's second since 1970; another than the one looked for: the slot is empty
 *   8       8     position of its first unit in the timer log
 *   16      8     position of its last one
 *   24      4     how many there are
 *   28      4     magic, 0
 *
 * Memory holds the slots that are not over, at most as many as messages may wait in seconds. The file is
 * written behind it and brought up to date from the timer log on start.
 *
 * Source: TimerWheel.java, Slot.java.
 */
import { readInt64, writeInt64 } from '@orbitmq/kernel';
import type { Disk, DiskFile } from '@orbitmq/runtime';

const SLOT_BYTES = 32;
/** Twice the seconds of a week. */
const SLOTS = 1_209_600;
const READ_SLOTS = 32_768;
/** Slots of one write, when they stand side by side. */
const MAX_RUN_SLOTS = 4096;

export interface TimerSlot {
  firstPosition: number;
  lastPosition: number;
  count: number;
}

/** Slots by their second. */
export type WheelSnapshot = ReadonlyMap<number, Readonly<TimerSlot>>;

export class TimerWheel {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #slots = new Map<number, TimerSlot>();
  readonly #dirty = new Set<number>();
  #file: DiskFile | undefined;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Messages that wait. */
  get count(): number {
    let count = 0;
    for (const slot of this.#slots.values()) count += slot.count;
    return count;
  }

  get(second: number): TimerSlot | undefined {
    return this.#slots.get(second);
  }

  /** Notes a unit as the newest of its slot; one that the slot knows changes nothing. */
  add(second: number, position: number): void {
    const slot = this.#slots.get(second);
    if (slot === undefined) {
      this.#slots.set(second, { firstPosition: position, lastPosition: position, count: 1 });
    } else {
      if (position <= slot.lastPosition) return;
      slot.lastPosition = position;
      slot.count++;
    }
    this.#dirty.add(second);
  }

  /** Forgets a slot that is over. */
  remove(second: number): void {
    this.#slots.delete(second);
    this.#dirty.delete(second);
  }

  clear(): void {
    this.#slots.clear();
    this.#dirty.clear();
  }

  /**
   * Reads the slots from `fromSecond` on.
   *
   * @param endPosition of the timer log's files: the wheel may be ahead of what was noted of it
   * @returns what is wrong with the file, `absent` when there is none; undefined for a sound one
   */
  async load(fromSecond: number, endPosition: number): Promise<string | undefined> {
    const stat = await this.#disk.stat(this.#path);
    if (stat === undefined) return 'absent';
    if (stat.sizeBytes < SLOTS * SLOT_BYTES) return `it has ${stat.sizeBytes} bytes`;
    const file = await this.#disk.open(this.#path, 'read-write');
    this.#file = file;
    const piece = Buffer.alloc(READ_SLOTS * SLOT_BYTES);
    let damage: string | undefined;
    for (let index = 0; index < SLOTS; index += READ_SLOTS) {
      const bytes = await file.read(piece, 0, piece.length, index * SLOT_BYTES);
      for (let at = 0; at + SLOT_BYTES <= bytes; at += SLOT_BYTES) {
        const second = readInt64(piece, at);
        const number = index + at / SLOT_BYTES;
        if (second === 0) continue;
        if (second % SLOTS !== number) damage ??= `slot ${number} is of another time`;
        else if (second >= fromSecond && !this.#read(piece, at, second, endPosition)) {
          damage ??= `slot ${number} leads nowhere`;
        }
      }
      if (bytes < piece.length) break;
    }
    return damage;
  }

  /** The slots that changed since the last snapshot, as they are now. */
  snapshot(): WheelSnapshot {
    const changed = new Map<number, TimerSlot>();
    for (const second of this.#dirty) {
      const slot = this.#slots.get(second);
      if (slot !== undefined) changed.set(second, { ...slot });
    }
    this.#dirty.clear();
    return changed;
  }

  /** Writes a snapshot, and makes it survive a power cut; the units it knows are to be safe before. One at a time. */
  async write(snapshot: WheelSnapshot): Promise<void> {
    if (snapshot.size === 0) return;
    const file = await this.#opened();
    for (const run of runsOf(snapshot)) {
      await file.write(run.bytes, 0, run.bytes.length, run.index * SLOT_BYTES);
    }
    await file.sync();
  }

  /** Slots of a snapshot that could not be written belong to the next one. */
  putBack(snapshot: WheelSnapshot): void {
    for (const second of snapshot.keys()) if (this.#slots.has(second)) this.#dirty.add(second);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** @returns false when the slot cannot be what was written */
  // oxlint-disable-next-line max-params -- a slot's place and what is known of it
  #read(piece: Buffer, at: number, second: number, endPosition: number): boolean {
    const firstPosition = readInt64(piece, at + 8);
    const lastPosition = readInt64(piece, at + 16);
    const count = piece.readInt32BE(at + 24);
    this.#slots.set(second, { firstPosition, lastPosition, count });
    return firstPosition <= lastPosition && lastPosition < endPosition;
  }

  async #opened(): Promise<DiskFile> {
    this.#file ??= await this.#disk.open(this.#path, 'create');
    if ((await this.#file.size()) < SLOTS * SLOT_BYTES) {
      await this.#file.truncate(SLOTS * SLOT_BYTES);
    }
    return this.#file;
  }
}

/** Slots that stand side by side are written together. */
function runsOf(snapshot: WheelSnapshot): { readonly index: number; readonly bytes: Buffer }[] {
  const slots = [...snapshot].toSorted(([left], [right]) => (left % SLOTS) - (right % SLOTS));
  const runs: { index: number; bytes: Buffer }[] = [];
  for (let from = 0; from < slots.length; ) {
    const first = (slots[from]?.[0] ?? 0) % SLOTS;
    let to = from + 1;
    while (
      to - from < MAX_RUN_SLOTS &&
      (slots[to]?.[0] ?? Number.NaN) % SLOTS === first + to - from
    )
      to++;
    const run = slots.slice(from, to);
    const bytes = Buffer.alloc(run.length * SLOT_BYTES);
    for (const [at, [second, slot]] of run.entries())
      writeSlot(bytes, at * SLOT_BYTES, second, slot);
    runs.push({ index: first, bytes });
    from = to;
  }
  return runs;
}

// oxlint-disable-next-line max-params -- the fields of one slot
function writeSlot(bytes: Buffer, at: number, second: number, slot: TimerSlot): void {
  writeInt64(bytes, second, at);
  writeInt64(bytes, slot.firstPosition, at + 8);
  writeInt64(bytes, slot.lastPosition, at + 16);
  bytes.writeInt32BE(slot.count, at + 24);
}
