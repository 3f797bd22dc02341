import fs from 'node:fs';
import fsp from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '@orbitmq/kernel';
import type { Disk, DiskFile } from './disk.ts';

/** Of what `stat` counts, whatever the file system's blocks are. */
const STAT_BLOCK_BYTES = 512;

const OPEN_FLAGS = {
  read: fs.constants.O_RDONLY,
  'read-write': fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT,
} as const;

/**
 * A file of the operating system. The callback API of `node:fs` is used for reads, writes and syncs:
 * it costs about a third of what `FileHandle`'s promises cost, and they run once a batch.
 *
 * Closing waits for calls under way: the system gives a closed file's descriptor to the next file, whose
 * bytes a late read would get and a late write would spoil.
 */
class NodeDiskFile implements DiskFile {
  readonly #descriptor: number;
  #calls = 0;
  #closing: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  read(target: Buffer, offset: number, length: number, position: number): Promise<number> {
    return this.#call((done) => {
      let total = 0;
      const readOn = (): void => {
        fs.read(
          this.#descriptor,
          target,
          offset + total,
          length - total,
          position + total,
          (error, count) => {
            if (error) {
              done(error, 0);
              return;
            }
            total += count;
            if (count === 0 || total === length) done(null, total);
            else readOn();
          },
        );
      };
      readOn();
    });
  }

  write(source: Buffer, offset: number, length: number, position: number): Promise<void> {
    return this.#call((done) => {
      let total = 0;
      const writeOn = (): void => {
        fs.write(
          this.#descriptor,
          source,
          offset + total,
          length - total,
          position + total,
          (error, count) => {
            if (error) {
              done(error);
              return;
            }
            total += count;
            if (total === length) done(null);
            else writeOn();
          },
        );
      };
      writeOn();
    });
  }

  sync(): Promise<void> {
    return this.#call((done) => fs.fdatasync(this.#descriptor, done));
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#call((done) => fs.ftruncate(this.#descriptor, sizeBytes, done));
  }

  size(): Promise<number> {
    return this.#call((done) => {
      fs.fstat(this.#descriptor, (error, stats) => done(error, error ? 0 : stats.size));
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    if (this.#calls > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await new Promise<void>((resolve, reject) => {
      fs.close(this.#descriptor, (error) => (error ? reject(error) : resolve()));
    });
  }

  #call<T = void>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== undefined) {
        reject(Object.assign(new Error('EBADF: the file is closed'), { code: 'EBADF' }));
        return;
      }
      this.#calls++;
      start((error, value) => {
        this.#calls--;
        if (this.#calls === 0) this.#onIdle?.();
        if (error) reject(error);
        else resolve(value as T);
      });
    });
  }
}

/** The operating system's disk. */
export const nodeDisk: Disk = {
  open(path, mode) {
    return new Promise((resolve, reject) => {
      fs.open(path, OPEN_FLAGS[mode], 0o644, (error, descriptor) => {
        if (error) reject(error);
        else resolve(new NodeDiskFile(descriptor));
      });
    });
  },

  async list(directory) {
    const entries = await absentAs([], () => fsp.readdir(directory, { withFileTypes: true }));
    return entries.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }));
  },

  async stat(path) {
    const stats = await absentAs(undefined, () => fsp.stat(path));
    return (
      stats && {
        sizeBytes: stats.size,
        allocatedBytes: stats.blocks * STAT_BLOCK_BYTES,
        modifiedMs: stats.mtimeMs,
        isDirectory: stats.isDirectory(),
      }
    );
  },

  async makeDirectory(path) {
    await makeDirectories(path);
  },

  rename: (from, to) => fsp.rename(from, to),

  remove: (path) => fsp.rm(path, { force: true }),

  removeDirectory: (path) => fsp.rm(path, { recursive: true, force: true }),

  async syncDirectory(path) {
    const handle = await fsp.open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  async usage(path) {
    const { blocks, bsize, bfree, bavail } = await fsp.statfs(path);
    return {
      totalBytes: blocks * bsize,
      availableBytes: bavail * bsize,
      usedBytes: (blocks - bfree) * bsize,
    };
  },
};

/**
 * Node's own recursive `mkdir` never ends where a parent is there and still nothing can be made in it, and the
 * system says ENOENT, as below `/proc`.
 */
async function makeDirectories(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
    await makeDirectories(parent);
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await fsp.mkdir(path);
  } catch (error) {
    // Where nothing can be made, systems say EROFS or EPERM also of a directory that is there.
    const stats = await absentAs(undefined, () => fsp.stat(path)).catch(() => undefined);
    if (stats?.isDirectory() !== true) throw error;
  }
}

async function absentAs<T>(absent: T, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return absent;
    throw error;
  }
}

/**
 * Makes a directory and its parents so that their names survive a power cut, also those that an earlier
 * process made before it was killed.
 */
export async function makeLastingDirectory(disk: Disk, path: string): Promise<void> {
  await disk.makeDirectory(path);
  let above = dirname(path);
  for (let below = path; above !== below; above = dirname(above)) {
    below = above;
    try {
      await disk.syncDirectory(above);
    } catch (error) {
      // Whoever may not read a directory did not make it, nor any above.
      if (errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM') return;
      throw error;
    }
  }
}

/** Reads a whole small file. @returns undefined when it is absent */
export async function readWholeFile(disk: Disk, path: string): Promise<Buffer | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined;
  const file = await disk.open(path, 'read');
  try {
    const target = Buffer.alloc(await file.size());
    const count = await file.read(target, 0, target.length, 0);
    return target.subarray(0, count);
  } finally {
    await file.close();
  }
}

/**
 * Replaces a small file so that a crash at any moment leaves either the old or the new content:
 * writes `<path>.tmp`, syncs it, renames it over, syncs the directory.
 */
export async function replaceFile(
  disk: Disk,
  directory: string,
  name: string,
  content: Buffer,
): Promise<void> {
  const temporary = join(directory, `${name}.tmp`);
  const file = await disk.open(temporary, 'create');
  try {
    await file.truncate(0);
    await file.write(content, 0, content.length, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, join(directory, name));
  await disk.syncDirectory(directory);
}
