import type { DiskFile } from '@orbitmq/runtime';
import type { ClosableFile, OpenFiles } from './open-files.ts';

/** Of a file that shares the bound on open handles with others. */
export interface SharedFileOptions {
  readonly openFiles: OpenFiles;
  readonly isDirty: () => boolean;
  /** Called while something is dirty and the handle is to be closed. */
  readonly sync: () => Promise<void>;
}

/**
 * A file's handle that is opened when it is first used and closed when its last use ended: closing or
 * removing a file never breaks a read that is under way, nor lets it read another file that got the
 * same descriptor.
 */
export class SharedFile implements ClosableFile {
  readonly #open: () => Promise<DiskFile>;
  readonly #options: SharedFileOptions | undefined;
  #file: Promise<DiskFile> | undefined;
  #uses = 0;
  readonly #waiting: (() => void)[] = [];
  #closing: Promise<void> = Promise.resolve();

  constructor(open: () => Promise<DiskFile>, options?: SharedFileOptions) {
    this.#open = open;
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  get isInUse(): boolean {
    return this.#uses > 0;
  }

  get isDirty(): boolean {
    return this.#options?.isDirty() === true;
  }

  sync(): Promise<void> {
    return this.#options?.sync() ?? Promise.resolve();
  }

  /** Opens the file if need be and works on it. A failed opening is tried again by the next use. */
  async use<T>(work: (file: DiskFile) => Promise<T>): Promise<T> {
    const openFiles = this.#options?.openFiles;
    if (this.#uses === 0) openFiles?.take(this);
    this.#uses++;
    try {
      return await work(await this.#opened());
    } finally {
      this.#uses--;
      if (this.#uses === 0) {
        for (const resolve of this.#waiting.splice(0)) resolve();
        if (this.#file !== undefined) openFiles?.rest(this);
      }
    }
  }

  /** Closes the handle after the uses under way; a later use opens the file again. */
  close(): Promise<void> {
    const file = this.#file;
    if (file !== undefined) {
      this.#file = undefined;
      this.#options?.openFiles.take(this);
      this.#closing = this.#closeNow(file);
    }
    return this.#closing;
  }

  async #closeNow(file: Promise<DiskFile>): Promise<void> {
    if (this.#uses > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    // A failure to open was the user's to report.
    const opened = await file.catch(() => undefined);
    if (opened === undefined) return;
    await (this.#options?.openFiles.close(opened) ?? opened.close());
  }

  #opened(): Promise<DiskFile> {
    if (this.#file === undefined) {
      const opening = this.#options?.openFiles.open(this.#open) ?? this.#open();
      this.#file = opening;
      opening.catch(() => {
        if (this.#file === opening) this.#file = undefined;
      });
    }
    return this.#file;
  }
}
