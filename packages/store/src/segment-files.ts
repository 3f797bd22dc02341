import { dirname, join } from 'node:path';
import { assert, errorCode, toError } from '@orbitmq/kernel';
import type { Disk, DiskFile } from '@orbitmq/runtime';
import { fileName, parseFileName } from './file-names.ts';
import { OpenFiles } from './open-files.ts';
import { SharedFile } from './shared-file.ts';

/** What a failed sync may have lost is written again in such pieces. */
const REWRITE_BYTES = 1024 * 1024;
/** Files of a row that are open at the same time: of a quarter of a terabyte of log, more than readers go through at once. */
const MAX_OPEN_FILES = 256;

export interface SegmentFilesOptions {
  readonly disk: Disk;
  /** Of all files, or of the one that begins at an offset. */
  readonly directory: string | ((baseOffset: number) => string);
  readonly fileBytes: number;
  /** Of files that are there, ascending. */
  readonly bases?: readonly number[];
  /** Directories above that may be as new as this one, one when absent; their names are synced along. */
  readonly levels?: number;
  /** Bounds the open handles of several rows; absent, this row has a bound of its own. */
  readonly openFiles?: OpenFiles;
}

interface Segment {
  readonly baseOffset: number;
  readonly directory: string;
  readonly path: string;
  readonly handle: SharedFile;
  /** Something is to be written to it: it is made when it is absent. */
  isWanted: boolean;
  /** Made by this process. */
  readonly isNew: boolean;
  /** It has its full length. */
  isSized: boolean;
  /** Its name survives a power cut. */
  isNamed: boolean;
  /** Positions between which bytes were written since a sync succeeded. */
  dirtyFrom: number;
  dirtyTo: number;
  /** Where it was cut since a sync succeeded; its full length when it was not. */
  cutAt: number;
  /** A sync failed: the system may count as written back what is not on the disk. */
  isDoubtful: boolean;
  isRemoved: boolean;
  /** It is removed, or about to be: readers may find it gone. */
  isGoing: boolean;
  writesUnderWay: number;
  /** Told when no write is under way any more. */
  readonly idle: (() => void)[];
  /** What is doubtful is written again; other writes wait. */
  rewriting: Promise<void> | undefined;
  /** Syncs are done one after the other: only one of two at once would be told of a failure. */
  syncing: Promise<void>;
}

/**
 * The files of one directory that together hold one growing range of bytes, each of the same size
 * and named after the offset of its first byte. New ones are created at full length, sparse.
 *
 * Bytes survive the process once `write` resolved, and a power cut once `sync` of their range did: with
 * the names of file and directories, and whatever failed before.
 */
export class SegmentFiles {
  readonly #disk: Disk;
  readonly #directoryOf: (baseOffset: number) => string;
  readonly #levels: number;
  readonly #openFiles: OpenFiles;
  readonly fileBytes: number;
  readonly #segments: Segment[];
  /** Directories whose names survive a power cut. */
  readonly #namedDirectories = new Set<string>();
  /** Directories that files were removed from: a power cut may bring them back. */
  readonly #removedFrom = new Set<string>();
  /** Removals of files that are neither done nor have failed yet. */
  readonly #removing = new Set<Promise<void>>();
  /** Removals are made to last one after the other: the last to ask has them all. */
  #syncingRemovals: Promise<void> = Promise.resolve();

  constructor(options: SegmentFilesOptions) {
    const { disk, directory, fileBytes, bases = [], levels = 1 } = options;
    this.#disk = disk;
    this.#directoryOf = typeof directory === 'string' ? () => directory : directory;
    this.#levels = levels;
    this.#openFiles = options.openFiles ?? new OpenFiles(MAX_OPEN_FILES);
    this.fileBytes = fileBytes;
    this.#segments = bases.map((baseOffset) => this.#segment(baseOffset, false));
  }

  /** Offsets of the files in a directory, ascending. */
  static async list(disk: Disk, directory: string): Promise<number[]> {
    const bases: number[] = [];
    for (const { name, isDirectory } of await disk.list(directory)) {
      const base = isDirectory ? undefined : parseFileName(name);
      if (base !== undefined) bases.push(base);
    }
    return bases.toSorted((left, right) => left - right);
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  get count(): number {
    return this.#segments.length;
  }

  /** First byte there is a file for; 0 when there is none. */
  get minOffset(): number {
    return this.#segments[0]?.baseOffset ?? 0;
  }

  /** Behind the last byte there is a file for. */
  get endOffset(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : last.baseOffset + this.fileBytes;
  }

  get bases(): readonly number[] {
    return this.#segments.map((segment) => segment.baseOffset);
  }

  /** Where the file that holds an offset begins. */
  baseOf(offset: number): number {
    return offset - (offset % this.fileBytes);
  }

  /** Reads within one file. @returns the bytes read; fewer where there is no file or it ends */
  async read(target: Buffer, offset: number, length: number): Promise<number> {
    const segment = this.#find(offset);
    if (segment === undefined) return 0;
    const position = offset - segment.baseOffset;
    const inFile = Math.min(length, this.fileBytes - position);
    try {
      return await segment.handle.use((file) => file.read(target, 0, inFile, position));
    } catch (error) {
      if (isGone(segment, error)) return 0;
      throw error;
    }
  }

  /** Writes within one file, making it when it is absent. */
  async write(source: Buffer, start: number, length: number, offset: number): Promise<void> {
    const found = this.#find(offset);
    const segment = found ?? this.#add(offset);
    const position = offset - segment.baseOffset;
    assert(position + length <= this.fileBytes, 'a write stays within one file');
    let isOpen = false;
    segment.isWanted = true;
    try {
      await segment.handle.use(async (file) => {
        isOpen = true;
        if (!segment.isSized) await this.#extend(segment, file);
        // A younger file whose older neighbour was forgotten would look like the row's beginning.
        if (segment.isNew && !segment.isNamed) await this.#syncNames();
        while (segment.rewriting !== undefined) await segment.rewriting;
        await this.#writeNow(segment, file, source, { start, length, position });
      });
    } catch (error) {
      // A file that could not be made is not there for anybody.
      if (found === undefined && !isOpen) this.#segments.splice(this.#segments.indexOf(segment), 1);
      throw error;
    }
  }

  /** Makes what is in `[from, to)` survive a power cut, whoever wrote it. */
  async sync(from: number, to: number): Promise<void> {
    // A copy: files may be removed meanwhile.
    const touched = this.#segments.filter(
      ({ baseOffset }) => baseOffset < to && baseOffset + this.fileBytes > from,
    );
    for (const segment of touched) await this.#sync(segment);
  }

  /**
   * Bytes in `[from, to)` were written by a process that died: it may have been told that they could not be
   * synced, and the system takes them for written back since. The next sync writes them again.
   */
  distrust(from: number, to: number): void {
    for (const segment of this.#segments) {
      const start = Math.max(0, from - segment.baseOffset);
      const end = Math.min(this.fileBytes, to - segment.baseOffset);
      if (start >= end) continue;
      segment.dirtyFrom = Math.min(segment.dirtyFrom, start);
      segment.dirtyTo = Math.max(segment.dirtyTo, end);
      segment.isDoubtful = true;
    }
  }

  /**
   * Forgets everything from an offset on: later files are removed, the one that holds it reads as zero behind
   * it. Call {@link sync} to make that survive a power cut; later files do not come back either way.
   */
  async cut(offset: number): Promise<void> {
    for (let last = this.#segments.at(-1); last !== undefined; last = this.#segments.at(-1)) {
      if (last.baseOffset < offset || (last.baseOffset === offset && offset === this.minOffset))
        break;
      await this.#remove(last);
      this.#segments.pop();
      // One by one: a file that came back without the one before it would leave a gap.
      await this.#disk.syncDirectory(last.directory);
    }
    const holder = this.#find(offset);
    if (holder === undefined) return;
    await holder.handle.use(async (file) => {
      await file.truncate(offset - holder.baseOffset);
      await file.truncate(this.fileBytes);
    });
    holder.dirtyTo = Math.min(holder.dirtyTo, offset - holder.baseOffset);
    holder.cutAt = Math.min(holder.cutAt, offset - holder.baseOffset);
    // Its handle may be closed before it is synced: it is cut once more then.
    holder.isDoubtful = true;
  }

  /** When the first file was written last, milliseconds since the epoch; undefined when there is none. */
  async firstModifiedMs(): Promise<number | undefined> {
    const first = this.#segments[0];
    return first && (await this.#disk.stat(first.path))?.modifiedMs;
  }

  /**
   * Removes the first file, for good once this resolves. Reads under way come to their end; from the call on
   * its bytes are not there.
   *
   * @returns false when it stays, since none that a power cut would leave is behind it
   */
  async removeFirst(): Promise<boolean> {
    const second = this.#segments[1];
    if (second === undefined) return false;
    if (!second.isNamed) await this.#syncNames();
    if (!second.isNamed) return false;
    await this.#removeFirst();
    return true;
  }

  /** Removes all files. */
  async removeAll(): Promise<void> {
    while (this.#segments.length > 0) await this.#removeFirst();
  }

  /** Closes all handles after the uses under way. */
  async close(): Promise<void> {
    await Promise.all(this.#segments.map(({ handle }) => handle.close()));
  }

  /** Somebody else removes the files: from the call on their bytes are not there. Resolves when nobody uses them. */
  async abandon(): Promise<void> {
    const segments = this.#segments.splice(0);
    for (const segment of segments) {
      segment.isGoing = true;
      segment.isRemoved = true;
    }
    await Promise.all(segments.map(({ handle }) => handle.close()));
  }

  #find(offset: number): Segment | undefined {
    // The last file is asked for nearly always.
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index] as Segment;
      if (offset < segment.baseOffset) continue;
      return offset < segment.baseOffset + this.fileBytes ? segment : undefined;
    }
    return undefined;
  }

  #add(offset: number): Segment {
    const segment = this.#segment(this.baseOf(offset), true);
    assert(this.isEmpty || segment.baseOffset >= this.endOffset, 'files are added at the end');
    this.#segments.push(segment);
    return segment;
  }

  #segment(baseOffset: number, isNew: boolean): Segment {
    const directory = this.#directoryOf(baseOffset);
    const segment: Segment = {
      baseOffset,
      directory,
      path: join(directory, fileName(baseOffset)),
      handle: new SharedFile(() => this.#open(segment), {
        openFiles: this.#openFiles,
        isDirty: () => segment.dirtyFrom < segment.dirtyTo,
        sync: () => this.#sync(segment),
      }),
      isWanted: false,
      isNew,
      isSized: false,
      isNamed: false,
      dirtyFrom: this.fileBytes,
      dirtyTo: 0,
      cutAt: this.fileBytes,
      isDoubtful: false,
      isRemoved: false,
      isGoing: false,
      writesUnderWay: 0,
      idle: [],
      rewriting: undefined,
      syncing: Promise.resolve(),
    };
    return segment;
  }

  async #open({ directory, path, isWanted, isSized }: Segment): Promise<DiskFile> {
    // One that had its length and is gone was removed by somebody else.
    if (!isWanted || isSized) return this.#disk.open(path, 'read-write');
    await this.#disk.makeDirectory(directory);
    return this.#disk.open(path, 'create');
  }

  // oxlint-disable-next-line max-params -- what is written, and where
  async #writeNow(
    segment: Segment,
    file: DiskFile,
    source: Buffer,
    { start, length, position }: { start: number; length: number; position: number },
  ): Promise<void> {
    segment.writesUnderWay++;
    try {
      await file.write(source, start, length, position);
    } finally {
      // Now, not before: a sync that began meanwhile need not cover it.
      segment.dirtyFrom = Math.min(segment.dirtyFrom, position);
      segment.dirtyTo = Math.max(segment.dirtyTo, position + length);
      segment.writesUnderWay--;
      if (segment.writesUnderWay === 0) for (const resolve of segment.idle.splice(0)) resolve();
    }
  }

  /** Before the first write of this process: an earlier one may have been killed in between. */
  async #extend(segment: Segment, file: DiskFile): Promise<void> {
    if ((await file.size()) < this.fileBytes) await file.truncate(this.fileBytes);
    segment.isSized = true;
  }

  /**
   * Makes the names of all files survive a power cut: whoever made them may have been killed before they did,
   * and those of their directories.
   */
  async #syncNames(): Promise<void> {
    // One that is being made has no name yet.
    const unnamed = this.#segments.filter(
      ({ isNamed, isNew, isSized }) => !isNamed && (!isNew || isSized),
    );
    for (const directory of new Set(unnamed.map((segment) => segment.directory))) {
      await this.#disk.syncDirectory(directory);
      if (this.#namedDirectories.has(directory)) continue;
      let above = directory;
      for (let level = 0; level < this.#levels; level++) {
        above = dirname(above);
        await this.#disk.syncDirectory(above);
      }
      this.#namedDirectories.add(directory);
    }
    for (const segment of unnamed) segment.isNamed = true;
  }

  #sync(segment: Segment): Promise<void> {
    const done = segment.syncing.then(async () => {
      if (segment.isRemoved) return;
      try {
        await segment.handle.use((file) => this.#syncNow(segment, file));
      } catch (error) {
        if (!isGone(segment, error)) throw error;
      }
    });
    // Its failure is told to whoever asked for that sync.
    segment.syncing = done.catch(() => undefined);
    return done;
  }

  async #syncNow(segment: Segment, file: DiskFile): Promise<void> {
    if (!segment.isSized) await this.#extend(segment, file);
    if (!segment.isNamed) await this.#syncNames();
    if (segment.isDoubtful) await this.#rewrite(segment, file);
    const { dirtyFrom, dirtyTo, cutAt } = segment;
    // What is written from here on is the next sync's.
    segment.dirtyFrom = this.fileBytes;
    segment.dirtyTo = 0;
    segment.cutAt = this.fileBytes;
    try {
      await file.sync();
      segment.isDoubtful = false;
    } catch (error) {
      segment.isDoubtful = true;
      segment.dirtyFrom = Math.min(segment.dirtyFrom, dirtyFrom);
      segment.dirtyTo = Math.max(segment.dirtyTo, dirtyTo);
      segment.cutAt = Math.min(segment.cutAt, cutAt);
      throw toError(error);
    }
  }

  /**
   * After a failed sync the next one may succeed without having written anything: programs still see what
   * they wrote, and it is gone after a power cut. What may be lost is written once more as it is.
   */
  async #rewrite(segment: Segment, file: DiskFile): Promise<void> {
    let end: (() => void) | undefined;
    segment.rewriting = new Promise((resolve) => {
      end = resolve;
    });
    try {
      while (segment.writesUnderWay > 0) {
        await new Promise<void>((resolve) => segment.idle.push(resolve));
      }
      const { dirtyFrom, dirtyTo, cutAt } = segment;
      await copyOver(file, dirtyFrom, dirtyTo);
      if (cutAt < this.fileBytes) {
        await file.truncate(Math.max(cutAt, dirtyTo));
        await file.truncate(this.fileBytes);
      }
    } finally {
      segment.rewriting = undefined;
      end?.();
    }
  }

  /**
   * First byte there is a file for, whatever happens: no file before it comes back because its removal failed
   * or the power was cut.
   */
  async lastingMinOffset(): Promise<number> {
    // Failures are told to whoever asked for a removal.
    while (this.#removing.size > 0) await Promise.allSettled(this.#removing);
    const { minOffset } = this;
    await this.syncRemovals();
    return minOffset;
  }

  /** Makes removals that are done survive a power cut, also those of which a failure told that they may not. */
  syncRemovals(): Promise<void> {
    const done = this.#syncingRemovals.then(() => this.#syncRemovalsNow());
    this.#syncingRemovals = done.catch(() => undefined);
    return done;
  }

  async #syncRemovalsNow(): Promise<void> {
    for (const directory of this.#removedFrom) {
      // A file that is removed meanwhile is the next sync's.
      this.#removedFrom.delete(directory);
      try {
        await this.#disk.syncDirectory(directory);
      } catch (error) {
        this.#removedFrom.add(directory);
        throw error;
      }
    }
  }

  async #removeFirst(): Promise<void> {
    const removing = this.#removeFirstNow();
    this.#removing.add(removing);
    try {
      await removing;
    } finally {
      this.#removing.delete(removing);
    }
  }

  async #removeFirstNow(): Promise<void> {
    const first = this.#segments.shift();
    if (first === undefined) return;
    try {
      await this.#remove(first);
    } catch (error) {
      if (!first.isRemoved) this.#segments.unshift(first);
      throw error;
    } finally {
      // Now, not before: a sync of the directory that was made meanwhile need not cover it.
      this.#removedFrom.add(first.directory);
    }
    // A file that came back after younger ones were gone would leave a gap.
    await this.syncRemovals();
  }

  async #remove(segment: Segment): Promise<void> {
    segment.isGoing = true;
    try {
      await this.#disk.remove(segment.path);
    } catch (error) {
      segment.isGoing = false;
      throw error;
    }
    segment.isRemoved = true;
    await segment.handle.close();
  }
}

/** Its handle was closed, and it was removed before it could be opened again. */
function isGone({ isGoing }: Segment, error: unknown): boolean {
  return isGoing && errorCode(error) === 'ENOENT';
}

/** Writes bytes again as they are: makes the system take them for changed. */
async function copyOver(file: DiskFile, from: number, to: number): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(REWRITE_BYTES, to - from)));
  for (let position = from; position < to; ) {
    const bytes = await file.read(buffer, 0, Math.min(buffer.length, to - position), position);
    if (bytes === 0) return;
    await file.write(buffer, 0, bytes, position);
    position += bytes;
  }
}
