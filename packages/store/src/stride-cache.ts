/**
 * Older bytes of segment files, read in strides and kept for the next reader, least recently used out
 * first. Bytes that were written never change, so that a cached stride is never wrong; it may only
 * hold less than the file does by now.
 */
import type { SegmentFiles } from './segment-files.ts';
import type { Turns } from './turns.ts';

export interface Stride {
  readonly buffer: Buffer;
  /** Bytes of it that hold something. */
  length: number;
}

export interface StrideCacheOptions {
  readonly strideBytes: number;
  readonly maxStrides: number;
  /** Reads that wait for each other: shared by caches of one disk. */
  readonly reads: Turns;
}

interface Slot extends Stride {
  readonly key: string;
  readonly owner: string;
  readonly index: number;
}

export class StrideCache {
  readonly strideBytes: number;
  readonly #maxStrides: number;
  readonly #reads: Turns;
  readonly #slots = new Map<string, Slot>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #spare: Buffer[] = [];
  /** The slot that was asked for last: a reader asks for the same one hundreds of times. It is the most recently used. */
  #last: Slot | undefined;

  constructor({ strideBytes, maxStrides, reads }: StrideCacheOptions) {
    this.strideBytes = strideBytes;
    this.#maxStrides = maxStrides;
    this.#reads = reads;
  }

  /** @returns the stride if it is there with at least `neededBytes`; valid until the next load */
  get(owner: string, index: number, neededBytes: number): Stride | undefined {
    const last = this.#last;
    if (last !== undefined && last.index === index && last.owner === owner) {
      return last.length < neededBytes ? undefined : last;
    }
    const key = `${owner}#${index}`;
    const slot = this.#slots.get(key);
    if (slot === undefined || slot.length < neededBytes) return undefined;
    this.#slots.delete(key);
    this.#slots.set(key, slot);
    this.#last = slot;
    return slot;
  }

  /** Reads a stride up to `endOffset` of the files; one read at a time for each. */
  load(owner: string, index: number, files: SegmentFiles, endOffset: number): Promise<void> {
    const key = `${owner}#${index}`;
    const loading = this.#loading.get(key);
    if (loading !== undefined) return loading;
    const isWanted = (): boolean => this.#loading.get(key) === started;
    const started: Promise<void> = this.#reads
      .run(() => this.#load({ key, owner, index }, files, { endOffset, isWanted }))
      .finally(() => {
        if (isWanted()) this.#loading.delete(key);
      });
    this.#loading.set(key, started);
    return started;
  }

  /** Forgets strides of an owner from an index on: their bytes were cut off. */
  forget(owner: string, fromIndex = 0): void {
    const prefix = `${owner}#`;
    for (const key of this.#loading.keys()) {
      // What is being read is stale, too; whoever waits for it reads again.
      if (key.startsWith(prefix)) this.#loading.delete(key);
    }
    for (const key of this.#slots.keys()) {
      if (key.startsWith(prefix) && Number(key.slice(prefix.length)) >= fromIndex) {
        this.#drop(key);
      }
    }
  }

  async #load(
    { key, owner, index }: Omit<Slot, keyof Stride>,
    files: SegmentFiles,
    { endOffset, isWanted }: { readonly endOffset: number; readonly isWanted: () => boolean },
  ): Promise<void> {
    this.#drop(key);
    while (this.#slots.size >= this.#maxStrides) {
      this.#drop(this.#slots.keys().next().value as string);
    }
    const buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.strideBytes);
    const start = index * this.strideBytes;
    const wanted = Math.min(this.strideBytes, endOffset - start);
    // What was removed is not asked for; the stride may begin before the first file.
    let length = Math.min(wanted, Math.max(0, files.minOffset - start));
    while (length < wanted) {
      // A stride may reach over the end of a file into the next one.
      const read = await files.read(buffer.subarray(length), start + length, wanted - length);
      if (read === 0) break;
      length += read;
    }
    // Where a file is missing or short it reads as zero, so that who waits for its bytes goes on.
    if (length < wanted) buffer.fill(0, length, wanted);
    length = Math.max(length, wanted);
    if (isWanted()) this.#slots.set(key, { key, owner, index, buffer, length });
  }

  #drop(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    if (this.#last === slot) this.#last = undefined;
    this.#slots.delete(key);
    if (this.#spare.length < 2) this.#spare.push(slot.buffer);
  }
}
