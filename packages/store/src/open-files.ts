import type { DiskFile } from '@orbitmq/runtime';

/** A file whose handle {@link OpenFiles} may close while nobody uses it. */
export interface ClosableFile {
  readonly isOpen: boolean;
  readonly isInUse: boolean;
  /** Something that was written through the handle is not on the disk for certain. */
  readonly isDirty: boolean;
  /** Makes it so; what a failure may have lost is remembered by the file. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Bounds how many handles are open at the same time: the least recently used are closed to make room. One that is in use is
 * never closed; while all are, more are open, as many as there are users.
 *
 * A file that was written to is synced first. The system tells of a failed write-back only those that had the file open: bytes that
 * were lost while nobody had would count as synced later.
 */
export class OpenFiles {
  readonly limit: number;
  /** Open, being opened or being closed. */
  #count = 0;
  /** Open and not in use, the least recently used first. */
  readonly #clean = new Set<ClosableFile>();
  readonly #dirty = new Set<ClosableFile>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  /** Opens a file when there is room. */
  async open(open: () => Promise<DiskFile>): Promise<DiskFile> {
    // As often as there may be candidates: those that are used again meanwhile are passed over.
    for (let attempt = 0; attempt < this.limit && this.#count >= this.limit; attempt++) {
      if (!(await this.#closeOne())) break;
    }
    this.#count++;
    try {
      return await open();
    } catch (error) {
      this.#count--;
      throw error;
    }
  }

  /** Closes what {@link open} opened. */
  async close(file: DiskFile): Promise<void> {
    try {
      await file.close();
    } finally {
      this.#count--;
    }
  }

  /** The file is used or closed from now on. */
  take(file: ClosableFile): void {
    if (!this.#clean.delete(file)) this.#dirty.delete(file);
  }

  /** The last use of an open file ended. */
  rest(file: ClosableFile): void {
    (file.isDirty ? this.#dirty : this.#clean).add(file);
    if (this.#count > this.limit) void this.#closeOne();
  }

  /** Never fails. @returns false when all are in use */
  async #closeOne(): Promise<boolean> {
    // Who writes to files syncs them soon.
    const [file] = this.#clean.size > 0 ? this.#clean : this.#dirty;
    if (file === undefined) return false;
    this.take(file);
    if (file.isDirty) {
      const isSynced = await file.sync().then(
        () => true,
        () => false,
      );
      const isUsedAgain = file.isInUse || (isSynced && file.isDirty);
      if (isUsedAgain || !file.isOpen) return true;
      this.take(file);
    }
    // All that was written is on the disk, or is written again before the next sync: there is nothing left to fail.
    await file.close().catch(() => undefined);
    return true;
  }
}
