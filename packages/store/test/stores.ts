/** What tests of the store have in common. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GrowingBuffer, type Logger, silentLogger } from '@orbitmq/kernel';
import { decodeRecords, encodeHost, type StoredMessage } from '@orbitmq/protocol';
import {
  type Clock,
  type Disk,
  nodeDisk,
  type ProcessTable,
  systemClock,
  systemTimers,
  type Timers,
} from '@orbitmq/runtime';
import { AppendRecord } from '../src/append-record.ts';
import { MessageStore } from '../src/message-store.ts';
import type { Queue } from '../src/queue.ts';
import type { StoreSettings } from '../src/store-options.ts';

export const HOST = encodeHost({ ip: '10.0.0.1', port: 10911 });

/** No other process there is. */
export const LONELY: ProcessTable = {
  self: { pid: 1, startTime: '1' },
  startTime: () => undefined,
  isLocked: () => false,
};

/** Small files, as the stores in `test-data` have them. */
export const SMALL: Partial<StoreSettings> = {
  commitLogFileBytes: 64 * 1024,
  consumeQueueFileBytes: 2000,
  indexSlots: 50,
  indexEntries: 200,
};

export interface TestStoreOptions {
  readonly settings?: Partial<StoreSettings> | undefined;
  readonly log?: Logger | undefined;
  readonly disk?: Disk | undefined;
  readonly clock?: Clock | undefined;
  readonly timers?: Timers | undefined;
  readonly commitLogDirectories?: readonly string[] | undefined;
  readonly readOnlyCommitLogDirectories?: readonly string[] | undefined;
}

export function openStore(
  directory: string,
  { settings, log, disk, clock, timers, ...directories }: TestStoreOptions = {},
): Promise<MessageStore> {
  return MessageStore.open(
    {
      disk: disk ?? nodeDisk,
      clock: clock ?? systemClock,
      timers: timers ?? systemTimers,
      log: log ?? silentLogger,
      directory,
      ...directories,
      storeHost: HOST,
      settings: { ...SMALL, ...settings },
    },
    LONELY,
  );
}

/** The machine's disk with plenty of room, which can be made to refuse writes. */
export class FailingDisk {
  /** Says which writes there is no room for. */
  isFull: (path: string) => boolean = () => false;

  readonly disk: Disk = {
    ...nodeDisk,
    usage: () => Promise.resolve({ totalBytes: 100, usedBytes: 10, availableBytes: 90 }),
    open: async (path, mode) => {
      const file = await nodeDisk.open(path, mode);
      return {
        read: (...read) => file.read(...read),
        write: (...write) => {
          if (!this.isFull(path)) return file.write(...write);
          return Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
        },
        sync: () => file.sync(),
        truncate: (bytes) => file.truncate(bytes),
        size: () => file.size(),
        close: () => file.close(),
      };
    },
  };
}

/** A directory that is removed when its owner's scope ends. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'orbitmq-store-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** What a message of a store in `test-data` is known to be: its number, queue and offset. */
export interface Acknowledged {
  readonly index: number;
  readonly queueId: number;
  readonly queueOffset: number;
}

/** Unpacks a store that Apache's broker of that version wrote. @returns what it acknowledged */
export async function unpackApacheStore(
  version: string,
  directory: string,
): Promise<readonly Acknowledged[]> {
  const archive = join(import.meta.dirname, `../test-data/apache-${version}.tar.gz`);
  execFileSync('tar', ['xzf', archive, '-C', directory]);
  const lines = (await readFile(join(directory, 'acknowledged.txt'), 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const [index, queueId, queueOffset] = line.split(' ').map(Number) as [number, number, number];
    return { index, queueId, queueOffset };
  });
}

export function recordOf(body: string, properties: Record<string, string> = {}): AppendRecord {
  const record = new AppendRecord();
  record.bornHost = HOST;
  record.bornTimestampMs = 1;
  record.body = Buffer.from(body);
  record.bodyEnd = record.body.length;
  const pieces = Object.entries(properties).map(([name, value]) => `${name}\u0001${value}\u0002`);
  record.properties = Buffer.from(pieces.join(''));
  record.propertiesEnd = record.properties.length;
  return record;
}

/** Resolves when everything appended by now is written. */
export function written(store: MessageStore): Promise<void> {
  return new Promise((resolve) => {
    const target = store.maxPhysicalOffset;
    if (store.writtenOffset >= target) resolve();
    store.onWritten((endOffset) => {
      if (endOffset >= target) resolve();
    });
  });
}

/** All messages of a queue that can be read. */
export async function messagesOf(store: MessageStore, queue: Queue): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  for (let offset = queue.minOffset; offset < queue.maxOffset; ) {
    const out = new GrowingBuffer(1024);
    const result = await store.read(queue, offset, { maxMessages: 32, maxBytes: 1e9 }, out);
    messages.push(...decodeRecords(out.take()));
    offset = result.nextBeginOffset;
  }
  return messages;
}
