/**
 * Which files of the key index are gone on with. An index has everything before its end, or what it lacks
 * would never be looked for in the log again: from the first file on that cannot be trusted all are made anew.
 */
import { join } from 'node:path';
import { readInt64 } from '@orbitmq/kernel';
import type { Disk } from '@orbitmq/runtime';
import {
  decodeIndexHeader,
  entryPosition,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  IndexFile,
  type IndexHeader,
  indexFileBytes,
  isIndexFileName,
} from './index-file.ts';
import type { MessageIndexParts } from './message-index.ts';

const REMOVED = 'index file removed; its messages are indexed again';

interface FoundFile {
  readonly path: string;
  readonly file: IndexFile;
  readonly header: IndexHeader;
  readonly sizeBytes: number;
  /** The header does not fit the entries that it counts: a kill may cut its write short. */
  readonly isTorn: boolean;
}

/**
 * Opens the files that can be trusted, in the order of the log, and removes the others; they are made again
 * from the log. Files of other settings stay and are ignored.
 */
export async function loadIndexFiles(parts: MessageIndexParts): Promise<IndexFile[]> {
  const { disk, directory, log } = parts;
  const { found, ignored } = await findFiles(parts);
  const files: IndexFile[] = [];
  const distrusted: IndexFile[] = [];
  let before: IndexHeader | undefined;
  for (const candidate of inOrder(parts, found)) {
    const { path, file, header } = candidate;
    // The index goes on behind its last file: what stood before that would never be indexed again.
    if (distrusted.length === 0) {
      const unfinished = distrust(parts, candidate);
      const damage = unfinished ?? damageOf(parts, candidate, { before, ignored });
      if (damage === undefined) {
        files.push(file);
        before = header;
        continue;
      }
      // A kill may leave that; anything else is damage.
      if (damage === unfinished || !parts.wasClean) log.warn({ path, reason: damage }, REMOVED);
      else parts.damage.reportFile({ path, reason: damage }, REMOVED);
    } else {
      log.warn({ path, reason: 'an earlier one is missing' }, REMOVED);
    }
    distrusted.push(file);
  }
  await removeForGood(parts, distrusted);
  if (!parts.wasClean && files.length > 0) {
    // Made by a process that died: the files that follow must not outlive them.
    await disk.syncDirectory(directory);
    for (const file of files) await file.sync();
  }
  return files;
}

async function findFiles({
  disk,
  directory,
  size,
  log,
}: MessageIndexParts): Promise<{ readonly found: FoundFile[]; readonly ignored: IndexHeader[] }> {
  const names: string[] = [];
  for (const { name, isDirectory } of await disk.list(directory)) {
    if (isDirectory) continue;
    if (isIndexFileName(name)) names.push(name);
    else log.warn({ directory, name }, 'no index file, ignored');
  }
  const found: FoundFile[] = [];
  const ignored: IndexHeader[] = [];
  for (const name of names.toSorted()) {
    const path = join(directory, name);
    const { sizeBytes, bytes } = await readHeader(disk, path);
    const header = decodeIndexHeader(bytes);
    if (sizeBytes === indexFileBytes(size) || sizeBytes <= INDEX_HEADER_BYTES) {
      const file = new IndexFile({ disk, directory, name, size }, header);
      const isTorn = header.nextEntry > 1 && !(await isHeaderRight(file));
      found.push({ path, file, header, sizeBytes, isTorn });
      continue;
    }
    const message =
      'index file of another maxHashSlotNum or maxIndexNum, or cut short: ignored; its messages are indexed again';
    log.error({ path, sizeBytes, ...size }, message);
    if (header.nextEntry > 1) ignored.push(header);
  }
  return { found, ignored };
}

async function readHeader(
  disk: Disk,
  path: string,
): Promise<{ readonly sizeBytes: number; readonly bytes: Buffer }> {
  const bytes = Buffer.alloc(INDEX_HEADER_BYTES);
  const file = await disk.open(path, 'read');
  try {
    await file.read(bytes, 0, INDEX_HEADER_BYTES, 0);
    return { sizeBytes: await file.size(), bytes };
  } finally {
    await file.close();
  }
}

/**
 * By name, which tells when a file was made. When somebody exchanged their names, by what they hold; a file
 * of which that is not known then makes all of them doubtful, and comes first.
 */
function inOrder({ log, directory }: MessageIndexParts, found: readonly FoundFile[]): FoundFile[] {
  let last = -1;
  const isInOrder = found.every((each) => {
    const order = orderOf(each);
    const isBehind = order < 0 || order >= last;
    last = Math.max(last, order);
    return isBehind;
  });
  if (isInOrder) return [...found];
  const sorted = found.toSorted((one, other) => orderOf(one) - orderOf(other));
  const names = sorted.map(({ file }) => file.name);
  log.error({ directory, names }, 'index files are not in the order of their names');
  return sorted;
}

/** Where the first of a file's messages is; -1 when it does not tell. */
function orderOf({ header, isTorn }: FoundFile): number {
  return isTorn || header.nextEntry <= 1 ? -1 : header.beginOffset;
}

interface Neighbours {
  /** The file before it. */
  readonly before: IndexHeader | undefined;
  /** Files that are there and not of its size. */
  readonly ignored: readonly IndexHeader[];
}

/** Why a file is not to be continued, as a kill or a power cut may leave it. */
function distrust(
  { checkpoint, isOwn, wasClean, view }: MessageIndexParts,
  { header, sizeBytes }: FoundFile,
): string | undefined {
  if (sizeBytes === 0 || header.nextEntry <= 1) return 'holds nothing';
  // Our own headers count only what is synced; those of others are believed up to their checkpoint.
  if (!wasClean && !isOwn && header.endTimestampMs > checkpoint.indexMsgTimestamp) {
    return 'was not finished';
  }
  if (header.endOffset >= Math.min(view.files.endOffset, view.writtenOffset())) {
    return 'goes beyond the log';
  }
  return undefined;
}

/** Why a file is not what was written. */
function damageOf(
  { view }: MessageIndexParts,
  { header, sizeBytes, isTorn }: FoundFile,
  { before, ignored }: Neighbours,
): string | undefined {
  if (sizeBytes <= INDEX_HEADER_BYTES) return 'is cut short';
  const beforeEnd = before?.endOffset ?? -1;
  if (header.beginOffset < beforeEnd) return 'begins within the one before it';
  const { minOffset } = view.files;
  // Files of other settings have what this one has as well: its index was made again from the log.
  const isCutOff = ignored.some(
    ({ beginOffset, endOffset }) =>
      beginOffset >= beforeEnd && endOffset <= header.beginOffset && endOffset >= minOffset,
  );
  if (isCutOff) return 'the one before it was cut short';
  return isTorn ? 'its header is torn' : undefined;
}

/** Whether a file begins and ends with the entries that its header says. */
async function isHeaderRight(file: IndexFile): Promise<boolean> {
  const { nextEntry, beginOffset, endOffset } = file.header;
  if (nextEntry > file.size.entries) return false;
  return (
    (await offsetOf(file, nextEntry - 1)) === endOffset && (await offsetOf(file, 1)) === beginOffset
  );
}

/** The place in the log that an entry says. */
async function offsetOf(file: IndexFile, number: number): Promise<number> {
  const entry = Buffer.alloc(INDEX_ENTRY_BYTES);
  await file.read(entry, INDEX_ENTRY_BYTES, entryPosition(file.size, number));
  return readInt64(entry, 4);
}

/**
 * The youngest first, each for good before the next: one that came back after a power cut, without those before
 * it, would be taken for the index of all that is before it.
 */
async function removeForGood(
  { disk, directory }: MessageIndexParts,
  files: readonly IndexFile[],
): Promise<void> {
  for (const file of files.toReversed()) {
    await file.remove();
    await disk.syncDirectory(directory);
  }
}
