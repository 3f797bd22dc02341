import { RocketMqError } from '@orbitmq/kernel';
import type { DataVersion } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import type { ConfigTableOptions } from './config-table.ts';
import type { Change, Database } from './database.ts';
import { nextVersion } from './model.ts';
import type { Versions } from './versions.ts';

/**
 * Most offsets kept, over all groups, topics and queues. Peers make entries by naming any group and
 * queue; at about 60 bytes each this is 120 MB.
 */
export const MAX_CONSUMER_OFFSETS = 2_000_000;
/** Commits between two data versions, as Apache's `consumerOffsetUpdateVersionStep`. */
const COMMITS_PER_VERSION = 500;
/** Rows of one transaction: about 2 ms on the event loop, after which waiting requests get their turn. */
const ROWS_PER_SLICE = 250;

/** Next offsets of one group in one topic, by queue id. */
interface OffsetsRow {
  readonly topic: string;
  readonly group: string;
  readonly offsets: Map<number, number>;
  isRemoved: boolean;
}

/**
 * Where every group goes on in every queue. Memory decides; rows that changed are written at each
 * flush. The end of the process between two flushes loses what was committed since, as with Apache.
 */
export class ConsumerOffsets {
  readonly #database: Database;
  readonly #versions: Versions;
  readonly #clock: Clock;
  readonly #insert: Change;
  readonly #remove: Change;
  /** By topic, then by group. */
  readonly #rows = new Map<string, Map<string, OffsetsRow>>();
  readonly #topicsByGroup = new Map<string, Set<string>>();
  #dirty = new Set<OffsetsRow>();
  #count = 0;
  #commitsSinceVersion = 0;
  #version: DataVersion;

  constructor({ database, versions, clock }: ConfigTableOptions) {
    this.#database = database;
    this.#versions = versions;
    this.#clock = clock;
    this.#version = versions.get('consumerOffsets');
    for (const row of database.rows('SELECT * FROM consumer_offset')) {
      const [topic, group] = [String(row['topic']), String(row['consumer_group'])];
      this.#addRow(topic, group, parseOffsets(database, `${topic}@${group}`, row['offsets']));
    }
    this.#insert = database.prepare('INSERT OR REPLACE INTO consumer_offset VALUES (?, ?, ?)');
    this.#remove = database.prepare(
      'DELETE FROM consumer_offset WHERE topic = ? AND consumer_group = ?',
    );
  }

  get version(): DataVersion {
    return this.#version;
  }

  /** How many offsets there are. */
  get count(): number {
    return this.#count;
  }

  get(topic: string, group: string, queueId: number): number | undefined {
    return this.#rows.get(topic)?.get(group)?.offsets.get(queueId);
  }

  /** @throws {RocketMqError} CONSUMER_OFFSETS_FULL when it would be one more than {@link MAX_CONSUMER_OFFSETS} */
  commit(topic: string, group: string, queueId: number, offset: number): void {
    const known = this.#rows.get(topic)?.get(group);
    if (known?.offsets.has(queueId) !== true) this.#countOneMore();
    const row = known ?? this.#addRow(topic, group, new Map());
    row.offsets.set(queueId, offset);
    this.#dirty.add(row);
    if (++this.#commitsSinceVersion >= COMMITS_PER_VERSION) this.#advanceVersion();
  }

  ofGroup(topic: string, group: string): ReadonlyMap<number, number> | undefined {
    return this.#rows.get(topic)?.get(group)?.offsets;
  }

  topicsOf(group: string): string[] {
    return [...(this.#topicsByGroup.get(group) ?? [])];
  }

  groupsOf(topic: string): string[] {
    return [...(this.#rows.get(topic)?.keys() ?? [])];
  }

  *all(): IterableIterator<Readonly<Pick<OffsetsRow, 'topic' | 'group'>> & OffsetsOfRow> {
    for (const groups of this.#rows.values()) yield* groups.values();
  }

  remove(group: string, topic: string): void {
    const groups = this.#rows.get(topic);
    const row = groups?.get(group);
    if (groups === undefined || row === undefined) return;
    groups.delete(group);
    if (groups.size === 0) this.#rows.delete(topic);
    const topics = this.#topicsByGroup.get(group);
    topics?.delete(topic);
    if (topics?.size === 0) this.#topicsByGroup.delete(group);
    this.#count -= row.offsets.size;
    row.isRemoved = true;
    this.#dirty.add(row);
    this.#advanceVersion();
  }

  setVersion(version: DataVersion): void {
    this.#version = version;
  }

  /** Rows that a flush would write now. */
  get dirtyCount(): number {
    return this.#dirty.size;
  }

  /**
   * Writes what changed until now, a slice of rows a transaction: each row stands for itself, so that
   * a crash between two slices leaves rows of this flush beside rows of the one before.
   *
   * @param pause waits until others had their turn
   * @throws {RocketMqError} when the database refuses; what is not written stays to be written
   */
  async flush(pause: () => Promise<void>): Promise<void> {
    const rows = [...this.#dirty];
    this.#dirty = new Set();
    for (let start = 0; start < rows.length; start += ROWS_PER_SLICE) {
      if (start > 0) await pause();
      const slice = rows.slice(start, start + ROWS_PER_SLICE);
      try {
        this.#write(slice);
      } catch (error) {
        this.#dirty = new Set([...rows.slice(start), ...this.#dirty]);
        throw error;
      }
    }
  }

  /** Writes everything that changed as part of the running transaction. */
  writeNow(): void {
    this.#write([...this.#dirty]);
    this.#dirty.clear();
  }

  #write(rows: readonly OffsetsRow[]): void {
    this.#database.transaction('written', () => {
      for (const { topic, group, offsets, isRemoved } of rows) {
        if (isRemoved) this.#remove.run(topic, group);
        else this.#insert.run(topic, group, printOffsets(offsets));
      }
      this.#versions.write('consumerOffsets', this.#version);
    });
    this.#versions.set('consumerOffsets', this.#version);
  }

  #addRow(topic: string, group: string, offsets: Map<number, number>): OffsetsRow {
    const groups = getOrAdd(this.#rows, topic, () => new Map<string, OffsetsRow>());
    const row = { topic, group, offsets, isRemoved: false };
    groups.set(group, row);
    getOrAdd(this.#topicsByGroup, group, () => new Set<string>()).add(topic);
    this.#count += offsets.size;
    return row;
  }

  #countOneMore(): void {
    if (this.#count >= MAX_CONSUMER_OFFSETS) {
      throw new RocketMqError(`${MAX_CONSUMER_OFFSETS} consumer offsets are kept, no more fit`, {
        code: 'CONSUMER_OFFSETS_FULL',
        details: { max: MAX_CONSUMER_OFFSETS },
      });
    }
    this.#count++;
  }

  #advanceVersion(): void {
    this.#commitsSinceVersion = 0;
    this.#version = nextVersion(this.#version, this.#clock.now());
  }
}

interface OffsetsOfRow {
  readonly offsets: ReadonlyMap<number, number>;
}

function printOffsets(offsets: ReadonlyMap<number, number>): string {
  let text = '';
  for (const [queueId, offset] of offsets)
    text += `${text === '' ? '' : ','}"${queueId}":${offset}`;
  return `{${text}}`;
}

/** @throws {RocketMqError} METADATA_CORRUPT */
function parseOffsets(database: Database, name: string, text: unknown): Map<number, number> {
  const offsets = new Map<number, number>();
  try {
    for (const [queueId, offset] of Object.entries(JSON.parse(String(text)) as object)) {
      if (!Number.isInteger(offset)) throw new RangeError(`offset of queue ${queueId}`);
      offsets.set(Number(queueId), offset as number);
    }
  } catch (cause) {
    throw database.damaged(`row ${name} of table consumer_offset holds no offsets`, cause);
  }
  return offsets;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(key, made);
  return made;
}
