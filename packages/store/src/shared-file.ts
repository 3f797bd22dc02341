import type { DiskFile } from '@orbitmq/runtime';

/**
 * A file's handle that is opened when it is first used and closed when its last use ended: closing or
 * removing a file never breaks a read that is under way, nor lets it read another file that got the
 * same descriptor.
 */
export class SharedFile {
  readonly #open: () => Promise<DiskFile>;
  #file: Promise<DiskFile> | undefined;
  #uses = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(open: () => Promise<DiskFile>) {
    this.#open = open;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  get isInUse(): boolean {
    return this.#uses > 0;
  }

  /** Opens the file if need be and works on it. A failed opening is tried again by the next use. */
  async use<T>(work: (file: DiskFile) => Promise<T>): Promise<T> {
    this.#uses++;
    try {
      return await work(await this.#opened());
    } finally {
      this.#uses--;
      if (this.#uses === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** Closes the handle after the uses under way; a later use opens the file again. */
  async close(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    if (this.#uses > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    // A failure to open was the user's to report.
    const opened = await file.catch(() => undefined);
    await opened?.close();
  }

  #opened(): Promise<DiskFile> {
    if (this.#file === undefined) {
      const opening = this.#open();
      this.#file = opening;
      opening.catch(() => {
        if (this.#file === opening) this.#file = undefined;
      });
    }
    return this.#file;
  }
}
