import { join } from 'node:path';
import { assert, toError } from '@orbitmq/kernel';
import type { Disk, DiskFile } from '@orbitmq/runtime';
import { fileName, parseFileName } from './file-names.ts';

interface Segment {
  readonly baseOffset: number;
  readonly path: string;
  file: Promise<DiskFile> | undefined;
}

/**
 * The files of one directory that together hold one growing range of bytes, each of the same size
 * and named after the offset of its first byte. New ones are created at full length, sparse.
 */
export class SegmentFiles {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly fileBytes: number;
  readonly #segments: Segment[];

  constructor(disk: Disk, directory: string, fileBytes: number, bases: readonly number[] = []) {
    this.#disk = disk;
    this.#directory = directory;
    this.fileBytes = fileBytes;
    this.#segments = bases.map((baseOffset) => this.#segment(baseOffset));
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
    const file = await this.#open(segment, 'read-write');
    return file.read(target, 0, inFile, position);
  }

  /** Writes within one file, making it when it is absent. */
  async write(source: Buffer, start: number, length: number, offset: number): Promise<void> {
    const segment = this.#find(offset) ?? this.#add(offset);
    const position = offset - segment.baseOffset;
    assert(position + length <= this.fileBytes, 'a write stays within one file');
    const file = await this.#open(segment, 'create');
    await file.write(source, start, length, position);
  }

  /** Makes what was written in `[from, to)` survive a power cut. */
  async sync(from: number, to: number): Promise<void> {
    for (const segment of this.#segments) {
      const isTouched = segment.baseOffset < to && segment.baseOffset + this.fileBytes > from;
      if (isTouched && segment.file !== undefined) await (await segment.file).sync();
    }
  }

  /** Forgets everything from an offset on: later files are removed, the one that holds it reads as zero behind it. */
  async cut(offset: number): Promise<void> {
    for (let last = this.#segments.at(-1); last !== undefined; last = this.#segments.at(-1)) {
      if (last.baseOffset < offset || (last.baseOffset === offset && offset === this.minOffset))
        break;
      await this.#remove(last);
      this.#segments.pop();
    }
    const holder = this.#find(offset);
    if (holder === undefined) return;
    const file = await this.#open(holder, 'read-write');
    await file.truncate(offset - holder.baseOffset);
    await file.truncate(this.fileBytes);
    await file.sync();
  }

  /** Removes the first file. @returns its size; 0 when there is none */
  async removeFirst(): Promise<number> {
    const first = this.#segments[0];
    if (first === undefined) return 0;
    this.#segments.shift();
    await this.#remove(first);
    return this.fileBytes;
  }

  /** Removes all files. */
  async removeAll(): Promise<void> {
    while (this.#segments.length > 0) await this.removeFirst();
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#segments.map(async (segment) => {
        const file = segment.file;
        segment.file = undefined;
        await (await file)?.close();
      }),
    );
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
    const segment = this.#segment(this.baseOf(offset));
    assert(this.isEmpty || segment.baseOffset >= this.endOffset, 'files are added at the end');
    this.#segments.push(segment);
    return segment;
  }

  #segment(baseOffset: number): Segment {
    return { baseOffset, path: join(this.#directory, fileName(baseOffset)), file: undefined };
  }

  #open(segment: Segment, mode: 'read-write' | 'create'): Promise<DiskFile> {
    if (segment.file === undefined) {
      const opening = this.#openNow(segment.path, mode);
      segment.file = opening;
      opening.catch(() => {
        if (segment.file === opening) segment.file = undefined;
      });
    }
    return segment.file;
  }

  async #openNow(path: string, mode: 'read-write' | 'create'): Promise<DiskFile> {
    if (mode === 'create') await this.#disk.makeDirectory(this.#directory);
    const file = await this.#disk.open(path, mode);
    try {
      if (mode === 'create' && (await file.size()) < this.fileBytes) {
        await file.truncate(this.fileBytes);
        await this.#disk.syncDirectory(this.#directory);
      }
      return file;
    } catch (error) {
      await file.close();
      throw toError(error);
    }
  }

  async #remove(segment: Segment): Promise<void> {
    const file = segment.file;
    segment.file = undefined;
    await this.#disk.remove(segment.path);
    await (await file)?.close();
  }
}
