/** All consume queues of a store. */
import { join } from 'node:path';
import type { Logger } from '@orbitmq/kernel';
import type { Disk } from '@orbitmq/runtime';
import { fileName, rowFileBytes } from './file-names.ts';
import { inParallel } from './in-parallel.ts';
import type { OpenFiles } from './open-files.ts';
import { ENTRY_BYTES, Queue } from './queue.ts';
import { SegmentFiles } from './segment-files.ts';

/** Directories of a queue whose names may be new: its own, its topic's, that of all queues. */
const LEVELS = 3;

/** Queues that are opened and recovered at the same time: above it the system's threads are all busy. */
export const QUEUES_AT_A_TIME = 16;
/** Entries that are read at once when a queue's end is looked for: halving 300 000 of them takes eight reads. */
const END_BLOCK_ENTRIES = 2048;

export interface QueueTableOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** Rounded up to whole entries. */
  readonly fileBytes: number;
  readonly log: Logger;
  /** Bounds the open handles of all queues' files. */
  readonly openFiles: OpenFiles;
}

export class QueueTable {
  readonly #options: QueueTableOptions;
  readonly #fileBytes: number;
  readonly #byTopic = new Map<string, Map<number, Queue>>();
  /** By topic: queues whose files are still there. */
  readonly #forgotten = new Map<string, readonly Queue[]>();
  #isDamaged = false;

  constructor(options: QueueTableOptions) {
    this.#options = options;
    this.#fileBytes = Math.ceil(options.fileBytes / ENTRY_BYTES) * ENTRY_BYTES;
  }

  get(topic: string, queueId: number): Queue {
    return this.find(topic, queueId) ?? this.#add(topic, queueId, this.#fileBytes, [], 0, 0);
  }

  /** The queue, if there is one. */
  find(topic: string, queueId: number): Queue | undefined {
    return this.#byTopic.get(topic)?.get(queueId);
  }

  /** Files of some queue cannot be what was written; the queue is to be made again from the log. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  *all(): Generator<Queue> {
    for (const queues of this.#byTopic.values()) yield* queues.values();
  }

  topics(): IterableIterator<string> {
    return this.#byTopic.keys();
  }

  ofTopic(topic: string): readonly Queue[] {
    return [...(this.#byTopic.get(topic)?.values() ?? [])];
  }

  /** Opens every queue that the directory holds. */
  async load(): Promise<void> {
    const { disk, directory } = this.#options;
    const topics = (await disk.list(directory)).filter(({ isDirectory }) => isDirectory);
    await inParallel(topics, QUEUES_AT_A_TIME, async (topic) => {
      for (const queue of await disk.list(join(directory, topic.name))) {
        if (queue.isDirectory && /^\d{1,9}$/.test(queue.name)) {
          await this.#loadQueue(topic.name, Number(queue.name));
        }
      }
    });
  }

  /**
   * Forgets a topic's queues; their handles take no messages any more. Call {@link removeForgotten} before
   * anything is written to files of that name again.
   *
   * @returns them
   */
  forget(topic: string): readonly Queue[] {
    const queues = this.ofTopic(topic);
    this.#byTopic.delete(topic);
    for (const queue of queues) {
      queue.isForgotten = true;
      // Reads under way end here.
      queue.minOffset = queue.maxOffset;
    }
    this.#forgotten.set(topic, [...(this.#forgotten.get(topic) ?? []), ...queues]);
    return queues;
  }

  /** Removes the files of queues that were forgotten; what cannot be removed is tried again by the next call. */
  async removeForgotten(): Promise<void> {
    const { disk, directory } = this.#options;
    for (const [topic, queues] of this.#forgotten) {
      for (const queue of queues) await queue.files.abandon();
      await disk.removeDirectory(join(directory, topic));
      if ((await disk.stat(directory)) !== undefined) await disk.syncDirectory(directory);
      if (this.#forgotten.get(topic) === queues) this.#forgotten.delete(topic);
    }
  }

  async close(): Promise<void> {
    for (const queue of this.all()) await queue.files.close();
  }

  async #loadQueue(topic: string, queueId: number): Promise<void> {
    const { disk, directory, log } = this.#options;
    const path = join(directory, topic, String(queueId));
    const found = await SegmentFiles.list(disk, path);
    if (found.length === 0) return;
    const fileBytes = await this.#fileBytesOf(path, found);
    if (fileBytes === undefined) {
      log.error(
        { path, found },
        'files of a consume queue do not belong together; it is made again',
      );
      this.#isDamaged = true;
      await disk.removeDirectory(path);
      return;
    }
    const [first = 0] = found;
    const bases = found.filter((base, index) => base === first + index * fileBytes);
    // A crash may lose a file that was made before others; what they hold is derived again.
    for (const base of found.slice(bases.length)) await disk.remove(join(path, fileName(base)));
    const files = this.#filesOf(path, fileBytes, bases);
    const maxOffset = await endOfEntries(files);
    await files.close();
    const queue = this.#add(topic, queueId, fileBytes, bases, first / ENTRY_BYTES, maxOffset);
    log.debug({ queue: queue.key, minOffset: queue.minOffset, maxOffset }, 'consume queue opened');
  }

  /** What is on the disk decides. @returns undefined when it cannot be of one queue */
  async #fileBytesOf(path: string, bases: readonly number[]): Promise<number | undefined> {
    let largestBytes = 0;
    for (const base of bases) {
      const stat = await this.#options.disk.stat(join(path, fileName(base)));
      largestBytes = Math.max(largestBytes, stat?.sizeBytes ?? 0);
    }
    const bytes = rowFileBytes(bases, largestBytes, this.#fileBytes);
    return bytes !== undefined && bytes % ENTRY_BYTES === 0 ? bytes : undefined;
  }

  #filesOf(directory: string, fileBytes: number, bases: readonly number[]): SegmentFiles {
    const { disk, openFiles } = this.#options;
    return new SegmentFiles({ disk, directory, fileBytes, bases, levels: LEVELS, openFiles });
  }

  // oxlint-disable-next-line max-params -- what is known of one queue
  #add(
    topic: string,
    queueId: number,
    fileBytes: number,
    bases: readonly number[],
    minOffset: number,
    maxOffset: number,
  ): Queue {
    const path = join(this.#options.directory, topic, String(queueId));
    const files = this.#filesOf(path, fileBytes, bases);
    const queue = new Queue({ topic, queueId }, files, minOffset, maxOffset);
    let queues = this.#byTopic.get(topic);
    if (queues === undefined) {
      queues = new Map();
      this.#byTopic.set(topic, queues);
    }
    queues.set(queueId, queue);
    return queue;
  }
}

/**
 * One more than the last entry: entries are written in order, so that the first empty one ends them. Halves
 * the files block by block, then looks at one block: few reads, of which most hit holes.
 */
async function endOfEntries(files: SegmentFiles): Promise<number> {
  const block = Buffer.alloc(END_BLOCK_ENTRIES * ENTRY_BYTES);
  const entriesIn = async (start: number): Promise<number> => {
    const bytes = await files.read(block, start * ENTRY_BYTES, block.length);
    const count = Math.floor(bytes / ENTRY_BYTES);
    if (count === 0 || !isEntry(block, 0)) return 0;
    let low = 1;
    let high = count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (isEntry(block, middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let low = files.minOffset / ENTRY_BYTES;
  let high = files.endOffset / ENTRY_BYTES;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2 / END_BLOCK_ENTRIES) * END_BLOCK_ENTRIES;
    const count = await entriesIn(middle);
    if (count === 0) high = middle;
    else if (count < END_BLOCK_ENTRIES) {
      // The block may have been cut short by the end of its file.
      const isFileEnd = ((middle + count) * ENTRY_BYTES) % files.fileBytes === 0;
      if (!isFileEnd) return middle + count;
      low = middle + count;
    } else low = middle + count;
  }
  return low;
}

function isEntry(block: Buffer, index: number): boolean {
  return block.readInt32BE(index * ENTRY_BYTES + 8) > 0;
}
