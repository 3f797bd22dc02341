/**
 * `config/timercheck`: how far timers were delivered, and what the other timer files hold. 4096 bytes, of
 * which the first 56 are protocol's TimerCheckpoint. Source: TimerCheckpoint.java.
 */
import { parseTimerCheckpoint, printTimerCheckpoint } from '@orbitmq/protocol';
import type { Disk, DiskFile } from '@orbitmq/runtime';

const FILE_BYTES = 4096;

export interface TimerProgress {
  /** Everything due at or before this was delivered, milliseconds since the epoch; 0 when nothing is known. */
  readonly readTimeMs: number;
  /** The wheel's file knows of the units before this position of the timer log. */
  readonly logPosition: number;
  /** Messages of the timer topic before this offset have units before `logPosition`. */
  readonly queueOffset: number;
}

export class TimerCheckpointFile {
  readonly #disk: Disk;
  readonly #path: string;
  #file: DiskFile | undefined;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** @returns undefined when there is none */
  async read(): Promise<TimerProgress | undefined> {
    const stat = await this.#disk.stat(this.#path);
    if (stat === undefined || stat.sizeBytes < FILE_BYTES) return undefined;
    const file = await this.#disk.open(this.#path, 'read-write');
    this.#file = file;
    const bytes = Buffer.alloc(FILE_BYTES);
    await file.read(bytes, 0, FILE_BYTES, 0);
    const checkpoint = parseTimerCheckpoint(bytes);
    return {
      readTimeMs: checkpoint.lastReadTimeMs,
      logPosition: checkpoint.lastTimerLogFlushPos,
      queueOffset: checkpoint.lastTimerQueueOffset,
    };
  }

  /** Survives the process once it resolves. */
  async write(progress: TimerProgress): Promise<void> {
    if (this.#file === undefined) {
      this.#file = await this.#disk.open(this.#path, 'create');
      await this.#file.truncate(FILE_BYTES);
    }
    const bytes = printTimerCheckpoint({
      lastReadTimeMs: progress.readTimeMs,
      lastTimerLogFlushPos: progress.logPosition,
      lastTimerQueueOffset: progress.queueOffset,
      masterTimerQueueOffset: progress.queueOffset,
      dataVersion: { stateVersion: 0, timestamp: 0, counter: 0 },
    });
    await this.#file.write(bytes, 0, bytes.length, 0);
  }

  /** Makes what was written survive a power cut. */
  async sync(): Promise<void> {
    await this.#file?.sync();
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}
