/** Which of a store's files a path is, told by its name and its directories' names, else by its first bytes. */
import { basename, dirname } from 'node:path';
import { RecordMagic } from '@orbitmq/protocol';
import { type Disk, type DiskFile } from '@orbitmq/runtime';
import { ENTRY_BYTES, isIndexFileName, parseFileName } from '@orbitmq/store';
import { slotsOfSize } from './index-slots.ts';

export const FILE_KINDS = [
  'commit-log',
  'consume-queue',
  'index',
  'checkpoint',
  'timer-log',
  'timer-wheel',
  'timer-check',
  'database',
  'json',
  'text',
] as const;

export type FileKind = (typeof FILE_KINDS)[number];

const TIMER_LOG_UNIT_BYTES = 52;
const SQLITE_MAGIC = 'SQLite format 3\0';
const TEXT_NAMES = new Set(['abort', 'abort.bak', 'lock', 'lock.owner']);
const JSON_NAMES = new Set(['timermetrics', 'transactionMetrics']);

/** @returns undefined when it is none that is known */
export async function fileKindOf(disk: Disk, path: string): Promise<FileKind | undefined> {
  return kindOfName(path) ?? kindOfContent(disk, path);
}

function kindOfName(path: string): FileKind | undefined {
  const name = basename(path).replace(/\.bak$/, '');
  if (TEXT_NAMES.has(name)) return 'text';
  if (name === 'checkpoint') return 'checkpoint';
  if (name === 'timerwheel') return 'timer-wheel';
  if (name === 'timercheck') return 'timer-check';
  if (name.endsWith('.json') || JSON_NAMES.has(name)) return 'json';
  if (name.endsWith('.db')) return 'database';
  if (isIndexFileName(name)) return 'index';
  if (parseFileName(name) === undefined) return undefined;
  const parent = basename(dirname(path));
  if (parent === 'timerlog') return 'timer-log';
  if (parent === 'commitlog') return 'commit-log';
  const root = basename(dirname(dirname(dirname(path))));
  return root === 'consumequeue' ? 'consume-queue' : undefined;
}

async function kindOfContent(disk: Disk, path: string): Promise<FileKind | undefined> {
  const file = await disk.open(path, 'read');
  try {
    return await kindOfBytes(file);
  } finally {
    await file.close();
  }
}

async function kindOfBytes(file: DiskFile): Promise<FileKind | undefined> {
  const head = Buffer.alloc(64);
  const bytes = await file.read(head, 0, head.length, 0);
  const size = await file.size();
  if (head.toString('latin1', 0, SQLITE_MAGIC.length) === SQLITE_MAGIC) return 'database';
  if (bytes >= 8 && isLogMagic(head.readInt32BE(4))) return 'commit-log';
  if (head.toString('latin1', 0, bytes).trimStart().startsWith('{')) return 'json';
  if (bytes >= 8 && head.readInt32BE(0) === TIMER_LOG_UNIT_BYTES) return 'timer-log';
  if (slotsOfSize(size) !== undefined && size % ENTRY_BYTES !== 0) return 'index';
  return size > 0 && size % ENTRY_BYTES === 0 ? 'consume-queue' : undefined;
}

function isLogMagic(magic: number): boolean {
  return magic === RecordMagic.v1 || magic === RecordMagic.v2 || magic === RecordMagic.blank;
}
