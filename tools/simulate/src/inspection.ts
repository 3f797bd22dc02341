/** Compares an open store with its history. Whatever differs is a {@link Violation}. */
import { join } from 'node:path';
import { GrowingBuffer, readInt64, silentLogger } from '@orbitmq/kernel';
import {
  decodeRecord,
  decodeRecords,
  encodeProperties,
  type StoredMessage,
} from '@orbitmq/protocol';
import { MessageStore, type Queue, type QueueEntry, type StoreOptions } from '@orbitmq/store';
import { type CrashableDisk, VirtualTime } from '@orbitmq/testkit';
import type { Entry, History, Life } from './history.ts';
import { LONELY } from './lonely.ts';

/** The store broke a promise. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export type Finish = <T>(promise: Promise<T>) => Promise<T>;

const ENTRY_BYTES = 20;
/** In the checkpoint. */
const LOG_FILE_BYTES_POSITION = 1096;
const LIMITS = { maxMessages: 32, maxBytes: 1_000_000 };

/** Every message that the store owes is there, and nothing else is. */
export async function inspect(
  store: MessageStore,
  history: History,
  finish: Finish,
): Promise<void> {
  for (const life of history.lives()) {
    await inspectQueue(store.queue(life.topic, life.queueId), life, { store, history, finish });
  }
}

interface Context {
  readonly store: MessageStore;
  readonly history: History;
  readonly finish: Finish;
}

async function inspectQueue(queue: Queue, life: Life, context: Context): Promise<void> {
  const where = `queue ${life.topic.slice(0, 8)}/${life.queueId}`;
  const sure = [...life.entries.values()].filter(({ queueOffset }) => queueOffset >= life.sureFrom);
  const { minOffset, maxOffset } = queue;
  // A queue whose messages are too old to be kept goes on where it was.
  const end = Math.max(...sure.map(({ queueOffset }) => queueOffset)) + 1;
  const owed = sure.filter((entry) => context.history.isOwed(entry));
  const first = Math.min(end, ...owed.map(({ queueOffset }) => queueOffset));
  if (sure.length > 0 && (minOffset > first || maxOffset !== end)) {
    throw new Violation(
      `${where} is [${minOffset}, ${maxOffset}), it has to hold [${first}, ${end})`,
    );
  }
  const messages = await readAll(queue, context);
  if (messages.length !== maxOffset - minOffset) {
    throw new Violation(
      `${where} is [${minOffset}, ${maxOffset}) and serves ${messages.length} messages`,
    );
  }
  messages.forEach((message, index) => {
    const offset = minOffset + index;
    const isSure = offset >= life.sureFrom;
    checkMessage(message, life, offset, isSure ? undefined : context.history);
  });
}

/** @param history where a message may come from that is not owed */
export function checkMessage(
  message: StoredMessage,
  life: Life,
  queueOffset: number,
  history?: History,
): void {
  const entry = history?.entryAt(message.physicalOffset) ?? life.entries.get(queueOffset);
  const { topic, queueId } = life;
  const where = `${topic.slice(0, 8)}/${queueId}@${queueOffset}`;
  if (entry === undefined) throw new Violation(`${where} was never appended, and is served`);
  const isRight =
    message.topic === topic &&
    message.queueId === queueId &&
    message.queueOffset === queueOffset &&
    message.physicalOffset === entry.physicalOffset &&
    message.body.equals(entry.body) &&
    encodeProperties(message.properties) === entry.properties.slice(0, -1);
  if (!isRight) {
    const { physicalOffset } = message;
    throw new Violation(
      `${where} serves ${message.topic.slice(0, 8)}/${message.queueId}@${message.queueOffset} of ${physicalOffset} with ${message.body.length} bytes; appended were ${entry.body.length} bytes at ${entry.physicalOffset}`,
    );
  }
}

async function readAll(queue: Queue, { store, finish }: Context): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  for (let offset = queue.minOffset; offset < queue.maxOffset; ) {
    const out = new GrowingBuffer(1024);
    const result = await finish(Promise.resolve(store.read(queue, offset, LIMITS, out)));
    if (result.nextBeginOffset <= offset) {
      throw new Violation(`reading ${queue.key} stays at ${offset}: ${result.status}`);
    }
    offset = result.nextBeginOffset;
    try {
      messages.push(...decodeRecords(out.take()));
    } catch (cause) {
      throw new Violation(`${queue.key}@${offset} serves what is no message`, { cause });
    }
  }
  return messages;
}

/** The index has every message by each of its keys. */
export async function inspectIndex(
  store: MessageStore,
  { history, finish }: Pick<Context, 'history' | 'finish'>,
  { topics, keys }: { readonly topics: readonly string[]; readonly keys: readonly string[] },
): Promise<void> {
  const window = { maxMessages: 1_000_000, beginMs: 0, endMs: Number.MAX_SAFE_INTEGER };
  for (const topic of topics) {
    for (const key of keys) {
      const { records } = await finish(store.query({ topic, key, ...window }));
      const found = records.map((record) => decodeRecord(record, 0).physicalOffset);
      const owed = history
        .withKey(topic, key)
        .map(({ physicalOffset }) => physicalOffset)
        .filter((offset) => offset >= store.minPhysicalOffset);
      if (found.join() !== owed.join()) {
        throw new Violation(
          `${key} of ${topic.slice(0, 8)} is at ${owed.join()}; the index says ${found.join()}`,
        );
      }
    }
  }
}

/** Behind the ends of log and queues the files hold nothing, and all have their size. */
export async function inspectFiles(
  disk: CrashableDisk,
  { directory, commitLogDirectories = [], readOnlyCommitLogDirectories = [] }: StoreOptions,
  store: MessageStore,
): Promise<void> {
  for (const path of [...commitLogDirectories, ...readOnlyCommitLogDirectories]) {
    await inspectTail(disk, path, store.maxPhysicalOffset);
  }
  for (const topic of store.topics()) {
    for (const queue of store.queuesOf(topic)) {
      const path = join(directory, 'consumequeue', topic, String(queue.queueId));
      await inspectTail(disk, path, queue.maxOffset * ENTRY_BYTES);
    }
  }
}

async function inspectTail(disk: CrashableDisk, path: string, end: number): Promise<void> {
  for (const { name } of await disk.list(path)) {
    const base = Number(name);
    const file = await disk.open(join(path, name), 'read');
    const content = Buffer.alloc(await file.size());
    await file.read(content, 0, content.length, 0);
    const rest = content.subarray(Math.max(0, end - base));
    const at = rest.findIndex((byte) => byte !== 0);
    if (at >= 0) {
      throw new Violation(
        `${path}/${name} holds something behind the end ${end}, at byte ${content.length - rest.length + at}`,
      );
    }
  }
}

/** The queues are those that the log alone gives. */
export async function compareWithRebuilt(
  disk: CrashableDisk,
  options: StoreOptions,
  store: MessageStore,
  { history, finish }: Pick<Context, 'history' | 'finish'>,
): Promise<void> {
  const { directory } = options;
  const settings = {
    ...options.settings,
    commitLogFileBytes: await logFileBytesOf(disk, directory),
  };
  await disk.removeDirectory(join(directory, 'consumequeue'));
  await disk.remove(join(directory, 'checkpoint'));
  await disk.remove(join(directory, 'lock.owner'));
  const time = new VirtualTime();
  const rebuilt = await MessageStore.open(
    { ...options, settings, disk, clock: time, timers: time, log: silentLogger },
    LONELY,
  );
  if (rebuilt.maxPhysicalOffset !== store.maxPhysicalOffset) {
    throw new Violation(
      `the log ends at ${rebuilt.maxPhysicalOffset} when all is rebuilt, at ${store.maxPhysicalOffset} otherwise`,
    );
  }
  for (const life of history.lives()) {
    if (life.sureFrom !== 0) continue;
    const queue = rebuilt.queue(life.topic, life.queueId);
    const kept = store.queue(life.topic, life.queueId);
    const there = [...life.entries.values()].filter(
      ({ physicalOffset }) => physicalOffset >= store.minPhysicalOffset,
    );
    // A queue without messages is not known to the log.
    if (there.length === 0) continue;
    for (const entry of there) {
      checkQueueEntry(await rebuilt.entryAt(queue, entry.queueOffset), entry, 'rebuilt');
      checkQueueEntry(await finish(store.entryAt(kept, entry.queueOffset)), entry, 'kept');
    }
    if (queue.maxOffset !== kept.maxOffset) {
      throw new Violation(`a rebuilt queue ${queue.key} ends at ${queue.maxOffset}`);
    }
  }
  await rebuilt.close();
}

/** The log alone does not always tell; the setting may have changed since its first file was made. */
async function logFileBytesOf(disk: CrashableDisk, directory: string): Promise<number> {
  const file = await disk.open(join(directory, 'checkpoint'), 'read');
  const field = Buffer.alloc(8);
  await file.read(field, 0, field.length, LOG_FILE_BYTES_POSITION);
  await file.close();
  return readInt64(field, 0);
}

function checkQueueEntry(found: QueueEntry | undefined, entry: Entry, which: string): void {
  const isSame =
    found?.physicalOffset === entry.physicalOffset &&
    found.sizeBytes === entry.endOffset - entry.physicalOffset &&
    found.tagsCode === entry.tagsCode;
  if (!isSame) {
    const { topic, queueId, queueOffset } = entry;
    throw new Violation(`a ${which} queue lacks ${topic.slice(0, 8)}/${queueId}@${queueOffset}`);
  }
}
