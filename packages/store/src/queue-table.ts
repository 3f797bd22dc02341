/** All consume queues of a store. */
import { join } from 'node:path';
import type { Logger } from '@orbitmq/kernel';
import type { Disk } from '@orbitmq/runtime';
import { EntryBuffers } from './entry-buffers.ts';
import { fileName, rowFileBytes } from './file-names.ts';
import { inParallel } from './in-parallel.ts';
import type { OpenFiles } from './open-files.ts';
import { ENTRY_BYTES, Queue, type QueueEntry } from './queue.ts';
import { findQueueEnds, type QueueEnds } from './queue-ends.ts';
import { SegmentFiles } from './segment-files.ts';

/** Directories of a queue whose names may be new: its own, its topic's, that of all queues. */
const LEVELS = 3;

/** Queues that are opened and recovered at the same time: above it the system's threads are all busy. */
export const QUEUES_AT_A_TIME = 16;

interface QueueName {
  readonly topic: string;
  readonly queueId: number;
}

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
  readonly #buffers = new EntryBuffers();
  readonly #byTopic = new Map<string, Map<number, Queue>>();
  /** By topic: queues whose files are still there. */
  readonly #forgotten = new Map<string, readonly Queue[]>();
  /** What was seen of queues when they were opened, until they are recovered. */
  readonly #seen = new Map<Queue, QueueEnds>();
  #isDamaged = false;

  constructor(options: QueueTableOptions) {
    this.#options = options;
    this.#fileBytes = Math.ceil(options.fileBytes / ENTRY_BYTES) * ENTRY_BYTES;
  }

  get(topic: string, queueId: number): Queue {
    return this.find(topic, queueId) ?? this.#addEmpty(topic, queueId);
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
    const found: QueueName[] = [];
    await inParallel(topics, QUEUES_AT_A_TIME, async ({ name: topic }) => {
      for (const { name, isDirectory } of await disk.list(join(directory, topic))) {
        if (isDirectory && /^\d{1,9}$/.test(name)) found.push({ topic, queueId: Number(name) });
      }
    });
    const loaded = new Map<QueueName, Queue>();
    await inParallel(found, QUEUES_AT_A_TIME, async (name) => {
      const queue = await this.#loadQueue(name);
      if (queue !== undefined) loaded.set(name, queue);
    });
    // In the order of the names, whichever was read first.
    for (const name of found) {
      const queue = loaded.get(name);
      if (queue !== undefined) this.#add(queue);
    }
  }

  /** An entry that was seen when the queue was opened, and not cut off since. */
  seenEntry(queue: Queue, offset: number): QueueEntry | undefined {
    const seen = this.#seen.get(queue);
    if (seen === undefined || offset >= seen.maxOffset) return undefined;
    if (offset === seen.maxOffset - 1 && seen.last !== undefined) return seen.last;
    return offset * ENTRY_BYTES === queue.files.minOffset ? seen.first : undefined;
  }

  /** Nothing stood behind the queue's last entry when it was opened. */
  isTidy(queue: Queue): boolean {
    return this.#seen.get(queue)?.isTidy === true;
  }

  /** What was seen of a queue is not so any more; of all, once they are recovered. */
  forgetSeen(queue?: Queue): void {
    if (queue === undefined) this.#seen.clear();
    else this.#seen.delete(queue);
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

  /** Gives memory back that no queue wanted since the last call. */
  age(): void {
    this.#buffers.age();
  }

  async close(): Promise<void> {
    for (const queue of this.all()) await queue.files.close();
  }

  async #loadQueue(name: QueueName): Promise<Queue | undefined> {
    const { topic, queueId } = name;
    const { disk, directory, log } = this.#options;
    const path = join(directory, topic, String(queueId));
    const found = await SegmentFiles.list(disk, path);
    if (found.length === 0) return undefined;
    const { fileBytes, allocatedBytes } = await this.#statsOf(path, found);
    if (fileBytes === undefined) {
      log.error(
        { path, found },
        'files of a consume queue do not belong together; it is made again',
      );
      this.#isDamaged = true;
      await disk.removeDirectory(path);
      return undefined;
    }
    const [first = 0] = found;
    const bases = found.filter((base, index) => base === first + index * fileBytes);
    // A crash may lose a file that was made before others; what they hold is derived again.
    for (const base of found.slice(bases.length)) await disk.remove(join(path, fileName(base)));
    const files = this.#filesOf(path, fileBytes, bases);
    const lastBytes = allocatedBytes[bases.length - 1] ?? 0;
    const ends = await findQueueEnds(files, lastBytes);
    const minOffset = first / ENTRY_BYTES;
    const { maxOffset } = ends;
    const queue = new Queue(name, files, this.#buffers, { minOffset, maxOffset });
    this.#seen.set(queue, ends);
    log.debug({ queue: queue.key, minOffset, maxOffset }, 'consume queue opened');
    return queue;
  }

  /** What is on the disk decides: the size of all is undefined when they cannot be of one queue. */
  async #statsOf(
    path: string,
    bases: readonly number[],
  ): Promise<{
    readonly fileBytes: number | undefined;
    readonly allocatedBytes: readonly number[];
  }> {
    const allocatedBytes: number[] = [];
    let largestBytes = 0;
    for (const base of bases) {
      const stat = await this.#options.disk.stat(join(path, fileName(base)));
      largestBytes = Math.max(largestBytes, stat?.sizeBytes ?? 0);
      allocatedBytes.push(stat?.allocatedBytes ?? 0);
    }
    const bytes = rowFileBytes(bases, largestBytes, this.#fileBytes);
    const isWhole = bytes !== undefined && bytes % ENTRY_BYTES === 0;
    return { fileBytes: isWhole ? bytes : undefined, allocatedBytes };
  }

  #filesOf(directory: string, fileBytes: number, bases: readonly number[]): SegmentFiles {
    const { disk, openFiles } = this.#options;
    return new SegmentFiles({ disk, directory, fileBytes, bases, levels: LEVELS, openFiles });
  }

  #addEmpty(topic: string, queueId: number): Queue {
    const path = join(this.#options.directory, topic, String(queueId));
    const files = this.#filesOf(path, this.#fileBytes, []);
    const ends = { minOffset: 0, maxOffset: 0 };
    return this.#add(new Queue({ topic, queueId }, files, this.#buffers, ends));
  }

  #add(queue: Queue): Queue {
    const { topic, queueId } = queue;
    let queues = this.#byTopic.get(topic);
    if (queues === undefined) {
      queues = new Map();
      this.#byTopic.set(topic, queues);
    }
    queues.set(queueId, queue);
    return queue;
  }
}
