/**
 * Older bytes of segment files, read in strides and kept for the next reader, least recently used out
 * first. The first read at a place is small; one that goes on where another ended is twice as large, up to a
 * bound, and the strides behind it are read ahead, so that who reads in order seldom waits. Strides
 * that are evicted before they were used make all of them smaller: many readers at many places share the memory
 * without reading anything twice.
 *
 * Bytes that were written never change, so that a cached stride is never wrong; it may only hold less than the
 * file does by now.
 */
import type { ReadPace } from './read-pace.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Turns } from './turns.ts';

/** Strides that were used to their end, one after the other, until larger ones are tried again. */
const USED_UNTIL_LARGER = 16;
/** Buffers of each size that wait for the next read: pages that are new to the process cost more than the read. */
const MAX_SPARE_BUFFERS = 2;
/** One bit of {@link Stride.markChecked} stands for so many bytes: no two records begin in one of them. */
const CHECKED_UNIT_BYTES = 64;

/** What strides are read from. */
export interface StrideSource {
  /** Names it among all that share a cache. */
  readonly key: string;
  readonly files: Pick<SegmentFiles, 'read' | 'minOffset' | 'baseOf' | 'fileBytes'>;
  /** Behind the last byte in the files. */
  readonly endOffset: () => number;
  /** Where reading ahead ends: what follows is in memory. */
  readonly aheadEndOffset: () => number;
}

export interface StrideCacheOptions {
  /** Strides are so many bytes or a multiple of it. */
  readonly blockBytes: number;
  /** Blocks of the first read at a place. */
  readonly firstBlocks: number;
  /** Blocks of the largest read. */
  readonly maxBlocks: number;
  /** Strides that are read before somebody asks for them, behind one that is read in order. */
  readonly aheadStrides: number;
  /** Memory of what was read; reads under way come on top, as many as take turns. */
  readonly maxBytes: number;
  /** Reads that wait for each other: shared by caches of one disk. */
  readonly reads: Turns;
  /** How fast strides are read; as fast as it goes when absent. */
  readonly pace?: ReadPace | undefined;
}

/** Bytes `[start, endOffset)` of a source. */
export class Stride {
  readonly source: StrideSource;
  readonly firstBlock: number;
  readonly blocks: number;
  /** Offset of its first byte. */
  readonly start: number;
  readonly buffer: Buffer;
  /** Bytes of it that hold something. */
  length = 0;
  /** How far it was used. */
  usedTo = 0;
  /** It goes on where another ended: its reader is likely to go on, too. */
  readonly isInOrder: boolean;
  /** What follows is to be read ahead. */
  isAheadWanted: boolean;
  readonly #checked: Uint8Array;

  // oxlint-disable-next-line max-params -- where it is, and what holds it
  constructor(
    source: StrideSource,
    firstBlock: number,
    blocks: number,
    blockBytes: number,
    buffer: Buffer,
    isInOrder: boolean,
  ) {
    this.source = source;
    this.firstBlock = firstBlock;
    this.blocks = blocks;
    this.start = firstBlock * blockBytes;
    this.buffer = buffer;
    this.isInOrder = isInOrder;
    this.isAheadWanted = isInOrder;
    this.#checked = new Uint8Array(Math.ceil((blocks * blockBytes) / CHECKED_UNIT_BYTES / 8));
  }

  get endOffset(): number {
    return this.start + this.length;
  }

  /** Whether the record that begins at `offset` was checked since the stride was read. */
  isChecked(offset: number): boolean {
    const unit = Math.floor((offset - this.start) / CHECKED_UNIT_BYTES);
    return ((this.#checked[unit >> 3] as number) & (1 << (unit & 7))) !== 0;
  }

  markChecked(offset: number): void {
    const unit = Math.floor((offset - this.start) / CHECKED_UNIT_BYTES);
    this.#checked[unit >> 3] = (this.#checked[unit >> 3] as number) | (1 << (unit & 7));
  }
}

interface Loading {
  readonly firstBlock: number;
  readonly blocks: number;
  readonly done: Promise<void>;
}

/** The strides of one source, by each of their blocks. */
interface Strides {
  readonly there: Map<number, Stride>;
  readonly loading: Map<number, Loading>;
}

export class StrideCache {
  readonly #options: StrideCacheOptions;
  readonly #sources = new Map<string, Strides>();
  /** The least recently used first. */
  readonly #recent = new Set<Stride>();
  readonly #spare = new Map<number, Buffer[]>();
  #bytes = 0;
  /** Blocks of the largest stride at present, a power of two. */
  #largestBlocks: number;
  #usedInTurn = 0;
  /** The stride that was asked for last: a reader asks for the same one hundreds of times. It is the most recently used. */
  #last: Stride | undefined;

  constructor(options: StrideCacheOptions) {
    this.#options = options;
    this.#largestBlocks = options.maxBlocks;
  }

  /**
   * @param usedTo behind the last byte the caller wants, though it may lie in another stride
   * @returns the stride that holds the byte at `offset`, if it is there; valid until anything is awaited
   */
  get(key: string, offset: number, usedTo: number): Stride | undefined {
    let stride = this.#last;
    if (
      stride === undefined ||
      offset < stride.start ||
      offset >= stride.endOffset ||
      stride.source.key !== key
    ) {
      const block = Math.floor(offset / this.#options.blockBytes);
      stride = this.#sources.get(key)?.there.get(block);
      if (stride === undefined || offset >= stride.endOffset) return undefined;
      this.#recent.delete(stride);
      this.#recent.add(stride);
      this.#last = stride;
    }
    if (usedTo > stride.usedTo) stride.usedTo = usedTo;
    if (stride.isAheadWanted) this.#readAhead(stride);
    return stride;
  }

  /** Reads the stride that holds the byte at `offset`, and up to `wantedTo` as far as one read reaches. */
  load(source: StrideSource, offset: number, wantedTo: number): Promise<void> {
    const { blockBytes, maxBlocks } = this.#options;
    const strides = this.#stridesOf(source.key);
    let firstBlock = Math.floor(offset / blockBytes);
    const loading = strides.loading.get(firstBlock);
    if (loading !== undefined) return loading.done;
    const short = strides.there.get(firstBlock);
    if (short !== undefined) {
      // It was read when the file held less.
      firstBlock = short.firstBlock;
      this.#drop(short);
    }
    const wantedBlocks = Math.ceil(wantedTo / blockBytes) - firstBlock;
    const before = strides.there.get(firstBlock - 1) ?? strides.loading.get(firstBlock - 1);
    const blocks = Math.max(
      short?.blocks ?? 0,
      Math.min(wantedBlocks, maxBlocks),
      this.#blocksBehind(before),
    );
    return this.#start(source, firstBlock, blocks, before !== undefined).done;
  }

  /** Forgets all strides of a source: their bytes were cut off. */
  forget(key: string): void {
    const strides = this.#sources.get(key);
    if (strides === undefined) return;
    // What is being read is stale, too; whoever waits for it reads again.
    this.#sources.delete(key);
    for (const stride of new Set(strides.there.values())) this.#release(stride);
  }

  #stridesOf(key: string): Strides {
    let strides = this.#sources.get(key);
    if (strides === undefined) {
      strides = { there: new Map(), loading: new Map() };
      this.#sources.set(key, strides);
    }
    return strides;
  }

  /** How many blocks are read behind a stride. */
  #blocksBehind(before: { readonly blocks: number } | undefined): number {
    const { firstBlocks } = this.#options;
    if (before === undefined) return firstBlocks;
    return Math.max(firstBlocks, Math.min(before.blocks * 2, this.#largestBlocks));
  }

  /** Nobody waits for it: it begins only while nobody has to wait because of it. */
  #readAhead(stride: Stride): void {
    const { source } = stride;
    const { blockBytes, firstBlocks, aheadStrides, reads, pace } = this.#options;
    const strides = this.#sources.get(source.key);
    if (strides === undefined || this.#largestBlocks === firstBlocks) return;
    let before: { readonly firstBlock: number; readonly blocks: number } = stride;
    for (let count = 0; count < aheadStrides; count++) {
      const block: number = before.firstBlock + before.blocks;
      const next = strides.there.get(block) ?? strides.loading.get(block);
      if (next !== undefined) {
        before = next;
        continue;
      }
      if (block * blockBytes >= source.aheadEndOffset()) break;
      if (!reads.hasRoom || pace?.isFree === false) return;
      const loading = this.#start(source, block, this.#blocksBehind(before), true);
      // Whoever gets there reads again, and is told.
      loading.done.catch(() => undefined);
      before = loading;
    }
    stride.isAheadWanted = false;
  }

  /** Begins to read blocks, but for those behind the first that are there already. */
  #start(source: StrideSource, firstBlock: number, wanted: number, isInOrder: boolean): Loading {
    const { blockBytes, reads, pace } = this.#options;
    const strides = this.#stridesOf(source.key);
    const inFiles = Math.ceil(source.endOffset() / blockBytes) - firstBlock;
    const paced = Math.floor((pace?.maxBytes ?? Number.POSITIVE_INFINITY) / blockBytes);
    const most = Math.max(1, Math.min(wanted, inFiles, paced));
    let blocks = 1;
    while (blocks < most && isAbsent(strides, firstBlock + blocks)) blocks++;
    const isWanted = (): boolean => strides.loading.get(firstBlock) === loading;
    const read = (): Promise<void> =>
      reads.run(async () => {
        const buffer = this.#takeBuffer(blocks);
        const stride = new Stride(source, firstBlock, blocks, blockBytes, buffer, isInOrder);
        stride.length = await fill(stride, blocks * blockBytes);
        if (isWanted() && this.#sources.get(source.key) === strides) this.#keep(strides, stride);
        else this.#giveBack(buffer);
      });
    // Before the turn, which sources without a pace wait for, too.
    const wait = pace?.take(blocks * blockBytes);
    const done = (wait === undefined ? read() : wait.then(read)).finally(() => {
      for (let index = 0; index < blocks; index++) strides.loading.delete(firstBlock + index);
      this.#removeIfEmpty(source.key, strides);
    });
    const loading: Loading = { firstBlock, blocks, done };
    for (let index = 0; index < blocks; index++) strides.loading.set(firstBlock + index, loading);
    return loading;
  }

  #keep(strides: Strides, stride: Stride): void {
    for (let index = 0; index < stride.blocks; index++) {
      strides.there.set(stride.firstBlock + index, stride);
    }
    this.#recent.add(stride);
    this.#bytes += stride.buffer.length;
  }

  /** Room for blocks: makes it by evicting what was used least recently. */
  #takeBuffer(blocks: number): Buffer {
    const { blockBytes, maxBytes } = this.#options;
    let size = blockBytes;
    while (size < blocks * blockBytes) size *= 2;
    for (const oldest of this.#recent) {
      if (this.#bytes + size <= maxBytes) break;
      this.#learn(oldest);
      this.#drop(oldest);
    }
    return this.#spare.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  /** Makes strides smaller when one of them was read in vain, and larger when none was for long. */
  #learn({ isInOrder, usedTo, endOffset }: Stride): void {
    if (!isInOrder) return;
    const { blockBytes, firstBlocks, maxBlocks } = this.#options;
    if (usedTo <= endOffset - blockBytes) {
      this.#largestBlocks = Math.max(firstBlocks, this.#largestBlocks / 2);
      this.#usedInTurn = 0;
    } else if (++this.#usedInTurn >= USED_UNTIL_LARGER) {
      this.#largestBlocks = Math.min(maxBlocks, this.#largestBlocks * 2);
      this.#usedInTurn = 0;
    }
  }

  #drop(stride: Stride): void {
    const { key } = stride.source;
    const strides = this.#sources.get(key);
    this.#release(stride);
    if (strides === undefined) return;
    for (let index = 0; index < stride.blocks; index++) {
      strides.there.delete(stride.firstBlock + index);
    }
    this.#removeIfEmpty(key, strides);
  }

  #release(stride: Stride): void {
    if (this.#last === stride) this.#last = undefined;
    this.#recent.delete(stride);
    this.#bytes -= stride.buffer.length;
    this.#giveBack(stride.buffer);
  }

  #giveBack(buffer: Buffer): void {
    let spare = this.#spare.get(buffer.length);
    if (spare === undefined) {
      spare = [];
      this.#spare.set(buffer.length, spare);
    }
    if (spare.length < MAX_SPARE_BUFFERS) spare.push(buffer);
  }

  #removeIfEmpty(key: string, strides: Strides): void {
    const isEmpty = strides.there.size === 0 && strides.loading.size === 0;
    if (isEmpty && this.#sources.get(key) === strides) this.#sources.delete(key);
  }
}

function isAbsent({ there, loading }: Strides, block: number): boolean {
  return !there.has(block) && !loading.has(block);
}

/** Reads into a stride's buffer. @returns how many bytes of it hold something */
async function fill({ source, start, buffer }: Stride, strideBytes: number): Promise<number> {
  const { files } = source;
  const wanted = Math.min(strideBytes, source.endOffset() - start);
  // What was removed is not asked for; the stride may begin before the first file.
  let length = Math.min(wanted, Math.max(0, files.minOffset - start));
  while (length < wanted) {
    // A stride may reach over the end of a file into the next one.
    const offset = start + length;
    const read = await files.read(buffer.subarray(length), offset, wanted - length);
    length += read;
    if (read > 0) continue;
    // A file that is missing or short, since a crash or a full disk kept it from its size, reads as zero up to its
    // end: who waits for its bytes goes on, and those of the files behind it are there.
    const fileEnd = files.baseOf(offset) + files.fileBytes - start;
    const zeroEnd = Math.min(wanted, fileEnd);
    buffer.fill(0, length, zeroEnd);
    length = zeroEnd;
  }
  return length;
}
