import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { errorCode, toError } from '@orbitmq/kernel';
import pino from 'pino';
import type { LogFileBounds } from './log-files.ts';

/** Lines that wait for the disk; beyond it lines are lost, as a service must not grow or stop for its log. */
const MAX_WAITING_BYTES = 4_194_304;

/**
 * A log file that is rolled by size, as logback's fixed window does it: `broker.log` becomes
 * `otherdays/broker.1.log.gz`, what was `1` becomes `2`, and so on.
 *
 * Lines are written in the background, in order; {@link close} writes what waits. A disk that fails loses
 * lines and is reported once through `onError`, never to the caller of {@link write}.
 */
export class RollingFile {
  readonly #path: string;
  readonly #bounds: LogFileBounds;
  readonly #out: ReturnType<typeof pino.destination>;
  readonly #onError: (error: Error) => void;
  #bytes: number;
  #rolling: Promise<void> | undefined;
  #isFailing = false;
  #isClosed = false;

  /** @throws a system error when the directory cannot be made */
  constructor(path: string, bounds: LogFileBounds, onError: (error: Error) => void) {
    this.#path = path;
    this.#bounds = bounds;
    this.#onError = onError;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '', { flag: 'a' });
    this.#bytes = sizeOf(path);
    this.#out = pino.destination({
      dest: path,
      append: true,
      sync: false,
      maxLength: MAX_WAITING_BYTES,
    });
    this.#out.on('error', (error: Error) => this.#reportFailure(error));
    this.#out.on('write', () => {
      this.#isFailing = false;
    });
  }

  /** Takes one line, its end included. */
  write(line: string): void {
    if (this.#isClosed) return;
    this.#out.write(line);
    this.#bytes += Buffer.byteLength(line);
    if (this.#bytes >= this.#bounds.maxBytes && this.#rolling === undefined) {
      this.#rolling = this.#roll()
        .catch((error: unknown) => this.#reportFailure(toError(error)))
        .finally(() => {
          this.#rolling = undefined;
        });
    }
  }

  /** Writes what waits. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#rolling;
    await new Promise<void>((resolve) => {
      this.#out.once('close', resolve);
      this.#out.once('error', () => resolve());
      this.#out.end();
    });
  }

  /** Writes what waits at once, blocking: for a process that is about to die. */
  flushNow(): void {
    if (!this.#isClosed) this.#out.flushSync();
  }

  /** What is written before it goes to the rolled file, later lines to a new one. */
  async #roll(): Promise<void> {
    const rolled = `${this.#path}.rolled`;
    await rename(this.#path, rolled);
    this.#bytes = 0;
    const isReopened = once(this.#out, 'ready');
    this.#out.reopen();
    await isReopened;
    const directory = join(dirname(this.#path), 'otherdays');
    mkdirSync(directory, { recursive: true });
    const name = (index: number): string =>
      join(directory, `${basename(this.#path, '.log')}.${index}.log.gz`);
    await rm(name(this.#bounds.maxFiles), { force: true });
    for (let index = this.#bounds.maxFiles - 1; index >= 1; index--) {
      await renameIfThere(name(index), name(index + 1));
    }
    await pipeline(createReadStream(rolled), createGzip(), createWriteStream(name(1)));
    await rm(rolled);
  }

  #reportFailure(error: Error): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#onError(error);
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
