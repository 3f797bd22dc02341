/** All consume queues of a store. */
import { join } from 'node:path';
import type { Logger } from '@orbitmq/kernel';
import type { Disk } from '@orbitmq/runtime';
import { ENTRY_BYTES, Queue } from './queue.ts';
import { SegmentFiles } from './segment-files.ts';

export interface QueueTableOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** Rounded up to whole entries. */
  readonly fileBytes: number;
  readonly log: Logger;
}

export class QueueTable {
  readonly #options: QueueTableOptions;
  readonly #fileBytes: number;
  readonly #byTopic = new Map<string, Map<number, Queue>>();

  constructor(options: QueueTableOptions) {
    this.#options = options;
    this.#fileBytes = Math.ceil(options.fileBytes / ENTRY_BYTES) * ENTRY_BYTES;
  }

  get(topic: string, queueId: number): Queue {
    return (
      this.#byTopic.get(topic)?.get(queueId) ?? this.#add(topic, queueId, this.#fileBytes, [], 0, 0)
    );
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
    for (const topic of await disk.list(directory)) {
      if (!topic.isDirectory) continue;
      for (const queue of await disk.list(join(directory, topic.name))) {
        if (queue.isDirectory && /^\d{1,9}$/.test(queue.name)) {
          await this.#loadQueue(topic.name, Number(queue.name));
        }
      }
    }
  }

  /** Forgets a topic's queues and removes their files. */
  async remove(topic: string): Promise<void> {
    const queues = this.ofTopic(topic);
    this.#byTopic.delete(topic);
    for (const queue of queues) await queue.files.close();
    await this.#options.disk.removeDirectory(join(this.#options.directory, topic));
  }

  async close(): Promise<void> {
    for (const queue of this.all()) await queue.files.close();
  }

  async #loadQueue(topic: string, queueId: number): Promise<void> {
    const { disk, directory, log } = this.#options;
    const path = join(directory, topic, String(queueId));
    const bases = await SegmentFiles.list(disk, path);
    const first = bases[0];
    if (first === undefined) return;
    const fileBytes = await this.#fileBytesOf(path, bases);
    const files = new SegmentFiles(disk, path, fileBytes, bases);
    const maxOffset = await endOfEntries(files);
    const queue = this.#add(topic, queueId, fileBytes, bases, first / ENTRY_BYTES, maxOffset);
    log.debug({ queue: queue.key, minOffset: queue.minOffset, maxOffset }, 'consume queue opened');
  }

  /** What is on the disk decides; the last file may be of any length after a crash. */
  async #fileBytesOf(path: string, bases: readonly number[]): Promise<number> {
    const [first = 0, second] = bases;
    if (second !== undefined) return second - first;
    const stat = await this.#options.disk.stat(join(path, String(first).padStart(20, '0')));
    const size = stat?.sizeBytes ?? 0;
    return size >= ENTRY_BYTES && size % ENTRY_BYTES === 0 ? size : this.#fileBytes;
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
    const files = new SegmentFiles(this.#options.disk, path, fileBytes, bases);
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

/** One more than the last entry: entries are written in order, so that the first empty one ends them. */
async function endOfEntries(files: SegmentFiles): Promise<number> {
  const entry = Buffer.alloc(ENTRY_BYTES);
  const isThere = async (offset: number): Promise<boolean> => {
    const bytes = await files.read(entry, offset * ENTRY_BYTES, ENTRY_BYTES);
    return bytes === ENTRY_BYTES && entry.readInt32BE(8) > 0;
  };
  let low = files.minOffset / ENTRY_BYTES;
  let high = files.endOffset / ENTRY_BYTES;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isThere(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
