/**
 * The key index of a store: its files, the builder that fills the newest, and queries.
 *
 * Source: IndexService.java, DefaultMessageStore.java (queryMessage).
 */
import { type Logger, RocketMqError, readInt64, toError } from '@orbitmq/kernel';
import { decodeRecord, PropertyName, type StoredMessage } from '@orbitmq/protocol';
import { type Clock, type Disk, delay, type Timers } from '@orbitmq/runtime';
import type { Checkpoint } from './checkpoint.ts';
import type { DamageReports } from './damage-reports.ts';
import { IndexBuilder, type IndexBuilderParts, type IndexMark } from './index-builder.ts';
import {
  entryPosition,
  INDEX_ENTRY_BYTES,
  IndexFile,
  type IndexSize,
  indexFileName,
  isIndexFileName,
} from './index-file.ts';
import { searchIndexFile } from './index-query.ts';
import { loadIndexFiles } from './load-index-files.ts';
import type { LogView } from './log-bytes.ts';
import { queryHash } from './record-keys.ts';
import { RecordReader } from './record-reader.ts';
import { Turns } from './turns.ts';

/** A query waits so long for its turn at most, and goes through chains, files and records so long, then answers with what it has. */
const QUERY_MS = 3_000;
/** A query waits so long for the index to have what was stored before it. */
const CATCH_UP_MS = 500;
/** A stop waits so long for it. */
const FINISH_MS = 2_000;
/** Queries that read at the same time; others wait for their turn. */
const MAX_RUNNING_QUERIES = 4;
/** Queries that wait; one more is refused. */
const MAX_WAITING_QUERIES = 256;
/** Bytes of records of one answer, below what any client takes as a frame. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface MessageQuery {
  readonly topic: string;
  /** One of the message's keys, or its unique key. */
  readonly key: string;
  readonly maxMessages: number;
  /** Store time, milliseconds since the epoch, both inclusive. */
  readonly beginMs: number;
  readonly endMs: number;
}

export interface QueryResult {
  /** In the order of the log. */
  readonly records: readonly Buffer[];
  /** Store time and place of the last message in the index; 0 when there is none. */
  readonly lastTimestampMs: number;
  readonly lastOffset: number;
}

export interface MessageIndexParts {
  readonly disk: Disk;
  readonly directory: string;
  readonly size: IndexSize;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  readonly view: LogView;
  readonly damage: DamageReports;
  /** What the last run left, and whether it was stopped cleanly. */
  readonly checkpoint: Checkpoint;
  /** The checkpoint is ours, and so are index files that were not finished. */
  readonly isOwn: boolean;
  readonly wasClean: boolean;
  readonly syncLog: () => Promise<void>;
}

export class MessageIndex {
  readonly #parts: MessageIndexParts;
  /** From the oldest to the newest. */
  readonly #files: IndexFile[];
  readonly #builder: IndexBuilder;
  readonly #records: RecordReader;
  readonly #queries = new Turns({
    limit: MAX_RUNNING_QUERIES,
    maxWaiting: MAX_WAITING_QUERIES,
    code: 'QUERIES_BUSY',
  });
  #sealedTimestampMs: number;

  /** Opens the files there are; what they lack of the log is added in the background. */
  static async open(parts: MessageIndexParts): Promise<MessageIndex> {
    const files = await loadIndexFiles(parts);
    const newest = files.at(-1);
    const start = await resume(parts, files);
    return new MessageIndex(parts, files, newest, start);
  }

  private constructor(
    parts: MessageIndexParts,
    files: IndexFile[],
    newest: IndexFile | undefined,
    start: Start,
  ) {
    this.#parts = parts;
    this.#files = files;
    this.#records = new RecordReader(parts.view, parts.damage);
    this.#sealedTimestampMs = parts.checkpoint.indexMsgTimestamp;
    this.#builder = new IndexBuilder({
      log: parts.view,
      timers: parts.timers,
      logger: parts.log,
      newest,
      isRebuilding: !parts.wasClean,
      ...start,
      createFile: () => this.#createFile(),
      syncLog: parts.syncLog,
      onSealed: (file) => {
        this.#sealedTimestampMs = file.header.endTimestampMs;
      },
    });
    this.#builder.schedule();
  }

  /** Messages before this offset can be found. */
  get position(): number {
    return this.#builder.position;
  }

  /** Store time of the last message in a full file that is on the disk. */
  get sealedTimestampMs(): number {
    return this.#sealedTimestampMs;
  }

  /** The log was written: called once a write. */
  onWritten(): void {
    this.#builder.schedule();
  }

  /** Indexes all that was written. */
  catchUp(): Promise<void> {
    return this.#builder.catchUp();
  }

  /** Makes what is indexed survive a power cut. */
  async flush(): Promise<IndexMark> {
    const { position, endOffset } = await this.#builder.flush();
    return { position, endOffset: endOffset ?? this.#files.at(-1)?.header.endOffset ?? NO_FILE };
  }

  /**
   * Messages with a key, the newest of them when there are more than asked for; those that were found when the time is over.
   *
   * @throws {RocketMqError} QUERIES_BUSY when too many others wait, or they took too long
   */
  query(query: MessageQuery): Promise<QueryResult> {
    const { clock } = this.#parts;
    const latestMs = clock.monotonicMs() + QUERY_MS;
    return this.#queries.run(() => {
      if (clock.monotonicMs() > latestMs) throw waitedTooLong();
      return this.#queryNow(query);
    });
  }

  /** Removes files of which no message is in the log any more; never the newest. @returns how many */
  async deleteExpired(minPhysicalOffset: number): Promise<number> {
    let count = 0;
    for (;;) {
      const first = this.#files[0];
      const isExpired =
        first !== undefined &&
        this.#files.length > 1 &&
        first.header.endOffset < minPhysicalOffset &&
        this.#builder.writer?.file !== first;
      if (!isExpired) return count;
      this.#files.shift();
      await first.remove();
      count++;
    }
  }

  /** Before a stop: indexes what is written, unless that takes long; the next start goes on then. */
  async finish(): Promise<void> {
    await this.#catchUpWithin(FINISH_MS);
  }

  /** Call {@link flush} first. */
  async close(): Promise<void> {
    await this.#builder.close();
    for (const file of this.#files) await file.close();
  }

  async #queryNow(query: MessageQuery): Promise<QueryResult> {
    const { clock } = this.#parts;
    await this.#catchUpWithin(CATCH_UP_MS);
    const deadlineMs = clock.monotonicMs() + QUERY_MS;
    const chains = {
      keyHash: queryHash(query.topic, query.key),
      beginMs: query.beginMs,
      endMs: query.endMs,
      isOver: () => clock.monotonicMs() > deadlineMs,
      onDamage: (reason: string, entry: number, file: IndexFile) =>
        this.#parts.damage.reportIndex({ file: file.name, entry, reason }),
    };
    const found = new FoundRecords(query);
    const take = async (offset: number): Promise<boolean> => {
      if (!found.isNew(offset)) return false;
      const record = await this.#recordAt(offset);
      if (record !== undefined) found.add(offset, record);
      return found.isEnough;
    };
    const search = { ...chains, take };
    for (const file of this.#files.toReversed()) {
      const { beginTimestampMs, endTimestampMs, nextEntry } = file.header;
      if (nextEntry <= 1) continue;
      if (endTimestampMs < query.beginMs) break;
      const writer = this.#builder.writer?.file === file ? this.#builder.writer : undefined;
      if (beginTimestampMs <= query.endMs && (await searchIndexFile(file, writer, search))) break;
      if (search.isOver()) break;
    }
    const newest = this.#files.findLast(({ header }) => header.nextEntry > 1)?.header;
    return {
      records: found.inOrder(),
      lastTimestampMs: newest?.endTimestampMs ?? 0,
      lastOffset: newest?.endOffset ?? 0,
    };
  }

  async #catchUpWithin(timeoutMs: number): Promise<void> {
    const { timers, view } = this.#parts;
    if (this.#builder.position >= view.writtenOffset()) return;
    const enough = new AbortController();
    const caughtUp = this.#builder.catchUp().catch((error: unknown) => {
      // What is in the index can be found all the same.
      this.#parts.log.warn({ err: toError(error) }, 'the newest messages could not be indexed');
    });
    await Promise.race([caughtUp, delay(timers, timeoutMs, enough.signal)]);
    enough.abort();
  }

  async #recordAt(offset: number): Promise<Buffer | undefined> {
    const record = await this.#records.at(offset);
    if (record !== undefined) return record;
    const { view, damage } = this.#parts;
    // Entries of what was removed stay for a while.
    const isGone = offset >= 0 && offset < view.files.minOffset;
    if (!isGone) damage.report({ physicalOffset: offset, reason: 'no record of the index' });
    return undefined;
  }

  async #createFile(): Promise<IndexFile> {
    const { disk, directory, size, clock } = this.#parts;
    await disk.makeDirectory(directory);
    const before = this.#files.at(-1);
    const end = before?.header;
    // Behind those of another size too, which are ignored: none is to be written over.
    const names = (await disk.list(directory)).map((entry) => entry.name).filter(isIndexFileName);
    const name = nextFileName(clock.now(), names.toSorted().at(-1) ?? '');
    const file = new IndexFile(
      { disk, directory, name, size },
      {
        beginTimestampMs: end?.endTimestampMs ?? 0,
        endTimestampMs: end?.endTimestampMs ?? 0,
        beginOffset: end?.endOffset ?? 0,
        endOffset: end?.endOffset ?? 0,
        usedSlots: 0,
        nextEntry: 1,
      },
    );
    await file.create();
    await disk.syncDirectory(directory);
    this.#files.push(file);
    return file;
  }
}

/** Files are ordered by name; the clock may stand still or step back. */
function nextFileName(nowMs: number, before: string): string {
  let timeMs = nowMs;
  let name = indexFileName(timeMs);
  while (name <= before) name = indexFileName(++timeMs);
  return name;
}

/** What a query found: the hash of another key may be the same, and a message have a key twice. */
class FoundRecords {
  readonly #query: MessageQuery;
  /** Looked at: as many as can be read in the time of a query. */
  readonly #places = new Set<number>();
  readonly #records: { readonly offset: number; readonly record: Buffer }[] = [];
  #bytes = 0;

  constructor(query: MessageQuery) {
    this.#query = query;
  }

  get isEnough(): boolean {
    return this.#records.length >= this.#query.maxMessages || this.#bytes > MAX_ANSWER_BYTES;
  }

  /** The place was not looked at before. */
  isNew(offset: number): boolean {
    if (this.#places.has(offset)) return false;
    this.#places.add(offset);
    return true;
  }

  /** Takes a record that has the key, unless the answer would be too large. */
  add(offset: number, record: Buffer): void {
    if (!hasKey(decodeRecord(record, 0), this.#query)) return;
    this.#bytes += record.length;
    const isTooMuch = this.#bytes > MAX_ANSWER_BYTES && this.#records.length > 0;
    if (!isTooMuch) this.#records.push({ offset, record });
  }

  /** In the order of the log. */
  inOrder(): readonly Buffer[] {
    return this.#records.toSorted((a, b) => a.offset - b.offset).map(({ record }) => record);
  }
}

function waitedTooLong(): RocketMqError {
  return new RocketMqError('other queries took too long, try again later', {
    code: 'QUERIES_BUSY',
    isRetryable: true,
  });
}

function hasKey({ topic, properties }: StoredMessage, query: MessageQuery): boolean {
  if (topic !== query.topic) return false;
  if (properties[PropertyName.uniqueKey] === query.key) return true;
  return properties[PropertyName.keys]?.split(' ').includes(query.key) ?? false;
}

/** In the place of the last message that is indexed: there is none. 0 would be the log's first message. */
const NO_FILE = -1;

type Start = Pick<IndexBuilderParts, 'position' | 'keysDone' | 'keylessUpTo'>;

/**
 * Where the index goes on. The last message that it has may lack keys: its file may be another than the one
 * that the checkpoint was written with. Whether messages behind it have keys the log alone decides.
 */
async function resume(
  { checkpoint, view }: MessageIndexParts,
  files: readonly IndexFile[],
): Promise<Start> {
  const last = files.at(-1);
  const endOffset = last?.header.endOffset ?? NO_FILE;
  const { indexed } = checkpoint;
  const isOfLast = indexed !== undefined && indexed.endOffset === endOffset;
  const keylessUpTo = isOfLast ? Math.min(indexed.position, view.writtenOffset()) : 0;
  if (last === undefined) {
    return { position: Math.max(view.files.minOffset, keylessUpTo), keysDone: 0, keylessUpTo };
  }
  return { position: endOffset, keysDone: await countEntriesOf(endOffset, files), keylessUpTo };
}

/** Entries at the end of the files that are of one message. */
async function countEntriesOf(offset: number, files: readonly IndexFile[]): Promise<number> {
  const entry = Buffer.alloc(INDEX_ENTRY_BYTES);
  let count = 0;
  for (const file of files.toReversed()) {
    for (let number = file.header.nextEntry - 1; number >= 1; number--) {
      await file.read(entry, INDEX_ENTRY_BYTES, entryPosition(file.size, number));
      if (readInt64(entry, 4) !== offset) return count;
      count++;
    }
  }
  return count;
}
