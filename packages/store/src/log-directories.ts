/**
 * The directories that hold the commit log: one, or several on disks of their own. Files are dealt out in
 * turn; a directory that is full, or only to be read, gets none.
 *
 * Source: MultiPathMappedFileQueue.java.
 */
import { join } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import { type Disk, makeLastingDirectory } from '@orbitmq/runtime';
import { fileName, parseFileName } from './file-names.ts';

export interface LogDirectoriesOptions {
  /** Where files are made, and read. */
  readonly writable: readonly string[];
  /** Where files are only read, and removed when they are too old. */
  readonly readOnly: readonly string[];
}

/** Splits `storePathCommitLog` and its like, as Apache does, at commas. */
export function splitDirectories(text: string): string[] {
  return text
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
}

export class LogDirectories {
  readonly #writable: readonly string[];
  readonly #all: readonly string[];
  readonly #places = new Map<number, string>();
  #full: ReadonlySet<string> = new Set();

  constructor({ writable, readOnly }: LogDirectoriesOptions) {
    this.#writable = [...new Set(writable)].filter((path) => !readOnly.includes(path)).toSorted();
    this.#all = [...new Set([...writable, ...readOnly])];
    if (this.#writable.length === 0) {
      throw new RocketMqError(
        'every directory of storePathCommitLog is in readOnlyCommitLogStorePaths: none is left to write to',
        { code: 'CONFIG_INVALID', details: { writable, readOnly } },
      );
    }
  }

  get all(): readonly string[] {
    return this.#all;
  }

  get writable(): readonly string[] {
    return this.#writable;
  }

  /** Directories that get no new files for want of room. */
  setFull(paths: ReadonlySet<string>): void {
    this.#full = paths;
  }

  /**
   * Makes directories that are absent and finds the log's files.
   *
   * @returns where they begin, ascending
   * @throws {RocketMqError} STORE_DAMAGED when a file is in two directories
   */
  async load(disk: Disk): Promise<number[]> {
    for (const directory of this.#writable) await makeLastingDirectory(disk, directory);
    for (const directory of this.#all) {
      // A process that was killed may have removed a file that a power cut brings back, behind younger ones that
      // are gone from another directory by then.
      const isThere = (await disk.stat(directory)) !== undefined;
      if (this.#all.length > 1 && isThere) await disk.syncDirectory(directory);
      for (const { name, isDirectory } of await disk.list(directory)) {
        const base = isDirectory ? undefined : parseFileName(name);
        if (base === undefined) continue;
        const other = this.#places.get(base);
        if (other !== undefined) {
          throw new RocketMqError(
            `${name} is in ${other} and in ${directory}: remove the wrong one`,
            {
              code: 'STORE_DAMAGED',
              details: { name, directory, other },
            },
          );
        }
        this.#places.set(base, directory);
      }
    }
    return [...this.#places.keys()].toSorted((left, right) => left - right);
  }

  /**
   * With several directories a hole in the log is most likely a disk that is not mounted, and reading on
   * would cut off what is behind it.
   *
   * @throws {RocketMqError} STORE_DAMAGED when a file between the first and the last is missing
   */
  refuseHoles(bases: readonly number[], fileBytes: number): void {
    if (this.#all.length === 1) return;
    const hole = bases.find(
      (base, index) => index > 0 && base - (bases[index - 1] ?? 0) > fileBytes,
    );
    if (hole === undefined) return;
    const missing = fileName(hole - fileBytes);
    throw new RocketMqError(
      `file ${missing} of the commit log is missing: are all directories of storePathCommitLog mounted?`,
      { code: 'STORE_DAMAGED', details: { missing, directories: this.#all } },
    );
  }

  /** Where the file that begins at an offset is, or is to be made. */
  directoryOf(baseOffset: number, fileBytes: number): string {
    const known = this.#places.get(baseOffset);
    if (known !== undefined) return known;
    const withRoom = this.#writable.filter((path) => !this.#full.has(path));
    const usable = withRoom.length > 0 ? withRoom : this.#writable;
    const chosen = usable[(baseOffset / fileBytes) % usable.length] as string;
    this.#places.set(baseOffset, chosen);
    return chosen;
  }

  /** Path of a file that {@link load} found. */
  pathOf(baseOffset: number): string {
    return join(
      this.#places.get(baseOffset) ?? (this.#writable[0] as string),
      fileName(baseOffset),
    );
  }
}
