/**
 * Offsets of a broadcasting consumer, in a file of its own that official clients read and write too:
 * `<directory>/<clientId>/<group>/offsets.json`, JSON with objects as keys, and `offsets.json.bak`, what it
 * was before. A crash at any moment leaves the old or the new content.
 *
 * Source: LocalFileOffsetStore.java, OffsetSerializeWrapper.java.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { toError } from '@orbitmq/kernel';
import { parseResetOffsetBody } from '@orbitmq/protocol';
import { type Disk, readWholeFile, replaceFile } from '@orbitmq/runtime';
import type { ClientCore } from './client-core.ts';
import type { MessageQueue } from './message.ts';
import { type OffsetStore, ProgressTable } from './offset-store.ts';
import { compareQueues, queueKey } from './queue-order.ts';

const FILE = 'offsets.json';
const BACKUP = 'offsets.json.bak';

/** `rocketmq.client.localOffsetStoreDir`'s default. */
export function defaultOffsetsDirectory(): string {
  return join(homedir(), '.rocketmq_offsets');
}

/** As fastjson prints it: indented by tabs, keys by name. */
export function printOffsetsFile(offsets: readonly (readonly [MessageQueue, number])[]): string {
  const entries = offsets
    .toSorted(([left], [right]) => compareQueues(left, right))
    .map(([{ brokerName, queueId, topic }, offset]) => {
      const members = [
        `"brokerName":${JSON.stringify(brokerName)}`,
        `"queueId":${queueId}`,
        `"topic":${JSON.stringify(topic)}`,
      ];
      return `{\n\t\t\t${members.join(',\n\t\t\t')}\n\t\t}:${offset}`;
    });
  return `{\n\t"offsetTable":{${entries.join(',')}\n\t}\n}`;
}

/** @throws {RocketMqError} BODY_MALFORMED */
export function parseOffsetsFile(content: Buffer): readonly (readonly [MessageQueue, number])[] {
  return parseResetOffsetBody(content).offsetTable;
}

export class LocalOffsetStore implements OffsetStore {
  readonly #core: ClientCore;
  readonly #disk: Disk;
  readonly #directory: string;
  /** What is held and known. */
  readonly #table = new ProgressTable();
  /** What the file holds, by queue; bounded by the queues that this client ever consumed. */
  readonly #saved = new Map<string, readonly [MessageQueue, number]>();
  #loading: Promise<void> | undefined;
  /** Writes follow each other. */
  #writing: Promise<boolean> = Promise.resolve(true);

  constructor(core: ClientCore, group: string, root: string) {
    this.#core = core;
    this.#disk = core.disk;
    this.#directory = join(root, core.clientId, group);
  }

  async read(queue: MessageQueue): Promise<number | undefined> {
    await this.#load();
    return this.known(queue) ?? this.#saved.get(queueKey(queue))?.[1];
  }

  known(queue: MessageQueue): number | undefined {
    return this.#table.get(queue)?.offset;
  }

  update(queue: MessageQueue, offset: number, mayGoBack = false): void {
    this.#table.update(queue, offset, mayGoBack);
  }

  all(): readonly (readonly [MessageQueue, number])[] {
    return this.#table.values().map(({ queue, offset }) => [queue, offset] as const);
  }

  saveAll(): Promise<boolean> {
    return this.#save();
  }

  async release(queue: MessageQueue): Promise<boolean> {
    const isSaved = await this.#save();
    this.#table.take(queue);
    return isSaved;
  }

  forget(queue: MessageQueue): void {
    this.#table.take(queue);
  }

  #save(): Promise<boolean> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Never rejects. */
  async #write(): Promise<boolean> {
    const changed = this.#table.values().filter(({ offset, savedOffset }) => {
      return offset !== savedOffset;
    });
    if (changed.length === 0) return true;
    const written = changed.map((progress) => ({ progress, offset: progress.offset }));
    try {
      await this.#load();
      const next = new Map(this.#saved);
      for (const { progress, offset } of written) {
        next.set(queueKey(progress.queue), [progress.queue, offset]);
      }
      await this.#replace(Buffer.from(printOffsetsFile([...next.values()])));
      for (const [key, entry] of next) this.#saved.set(key, entry);
      for (const { progress, offset } of written) progress.savedOffset = offset;
      return true;
    } catch (error) {
      const directory = this.#directory;
      this.#core.log.warn({ directory, err: toError(error) }, 'offsets could not be saved');
      return false;
    }
  }

  async #replace(content: Buffer): Promise<void> {
    await this.#disk.makeDirectory(this.#directory);
    const before = await readWholeFile(this.#disk, join(this.#directory, FILE));
    if (before !== undefined && before.length > 0) {
      await replaceFile(this.#disk, this.#directory, BACKUP, before);
    }
    await replaceFile(this.#disk, this.#directory, FILE, content);
  }

  #load(): Promise<void> {
    this.#loading ??= this.#readFiles().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #readFiles(): Promise<void> {
    for (const name of [FILE, BACKUP]) {
      const content = await readWholeFile(this.#disk, join(this.#directory, name));
      if (content === undefined || content.length === 0) continue;
      try {
        for (const entry of parseOffsetsFile(content)) this.#saved.set(queueKey(entry[0]), entry);
        return;
      } catch (error) {
        const directory = this.#directory;
        this.#core.log.warn(
          { directory, name, err: toError(error) },
          'an offsets file is unreadable',
        );
      }
    }
  }
}
