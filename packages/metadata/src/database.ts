/**
 * `metadata.db`: what of a broker is neither message nor setting.
 *
 *   topic              (name, config)                    config: TopicConfig as JSON
 *   subscription_group (name, config)                    config: SubscriptionGroupConfig as JSON
 *   group_forbidden    (consumer_group, topic, mask)     reading forbidden to a group (5.x)
 *   consumer_offset    (topic, consumer_group, offsets)  offsets: {"queueId":next offset} as JSON
 *   delay_offset       (level, queue_offset)             next offset of a delay level's queue
 *   data_version       (name, counter, timestamp, state_version)
 *   json_file          (name, size_bytes, crc32, is_current)
 *                      Apache's JSON file as we last wrote or read it; current: nothing changed since;
 *                      `<name>.next`: what we were about to write
 *
 * One row holds the offsets of all queues of a (topic, group): they change together, and 100 000
 * offsets are some thousand rows. WAL mode: a crash at any moment leaves a file that opens with
 * what was committed. A commit is synced when losing it would lose a decision (topics, groups); one
 * of consumer offsets is not, because what a power cut takes is consumed once more.
 */
import { errorCode, RocketMqError, toError } from '@orbitmq/kernel';
import Sqlite from 'better-sqlite3';

const SCHEMA_VERSION = 1;
/** "OMQ1": says to `file` and to us whose database it is. */
export const APPLICATION_ID = 0x4f4d5131;
/** How long a statement waits for another program that reads the file, e.g. the sqlite3 shell. */
export const BUSY_TIMEOUT_MS = 2000;
/** Pages of 4 KiB that SQLite keeps in memory; the tables are read once, at the start. */
const CACHE_PAGES = 256;

const SCHEMA = `
  CREATE TABLE topic (name TEXT PRIMARY KEY, config TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE subscription_group (name TEXT PRIMARY KEY, config TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE group_forbidden (
    consumer_group TEXT NOT NULL, topic TEXT NOT NULL, mask INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, topic)) STRICT, WITHOUT ROWID;
  CREATE TABLE consumer_offset (
    topic TEXT NOT NULL, consumer_group TEXT NOT NULL, offsets TEXT NOT NULL,
    PRIMARY KEY (topic, consumer_group)) STRICT, WITHOUT ROWID;
  CREATE TABLE delay_offset (level INTEGER PRIMARY KEY, queue_offset INTEGER NOT NULL) STRICT;
  CREATE TABLE data_version (
    name TEXT PRIMARY KEY, counter INTEGER NOT NULL, timestamp INTEGER NOT NULL,
    state_version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE json_file (
    name TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL, crc32 INTEGER NOT NULL,
    is_current INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** What SQLite says of a file that is none, or not the one whose tables these statements are for. */
const DAMAGE_CODES: ReadonlySet<string> = new Set(['SQLITE_NOTADB', 'SQLITE_ERROR']);

/** When a commit counts as done: `synced` survives a power cut, `written` the end of the process. */
export type Durability = 'synced' | 'written';

/** What SQLite stores in a cell here. */
export type Cell = string | number;
export type Row = Readonly<Record<string, Cell>>;

/** A statement that changes rows. */
export interface Change {
  run(...cells: Cell[]): void;
}

export class Database {
  readonly path: string;
  readonly #sqlite: Sqlite.Database;
  #durability: Durability | undefined;
  /** Within {@link transaction}. */
  #isChanging = false;

  /**
   * Opens the file, makes it when it is absent, and checks it.
   *
   * @throws {RocketMqError} METADATA_CORRUPT when it is damaged or no database of ours,
   *   METADATA_NEWER when a later release wrote it, METADATA_UNAVAILABLE when the system refuses it
   */
  constructor(path: string) {
    this.path = path;
    this.#sqlite = this.#guard(() => new Sqlite(path, { timeout: BUSY_TIMEOUT_MS }));
    try {
      this.#guard(() => this.#prepareFile());
    } catch (error) {
      this.#sqlite.close();
      throw error;
    }
  }

  /** Whether the tables were never filled: the file is new, or its first import did not finish. */
  get isEmpty(): boolean {
    return this.#guard(() => this.#sqlite.pragma('user_version', { simple: true })) === 0;
  }

  /** Makes the tables, lets `fill` write the first rows, and commits both as one. */
  create(fill: () => void): void {
    this.transaction('synced', () => {
      this.#sqlite.exec(SCHEMA);
      fill();
      this.#sqlite.pragma(`user_version = ${SCHEMA_VERSION}`);
    });
  }

  /** All rows that a query gives. */
  rows(query: string): Iterable<Row> {
    return this.#guard(() => this.#sqlite.prepare<[], Row>(query).all());
  }

  prepare(statement: string): Change {
    const prepared = this.#guard(() => this.#sqlite.prepare<Cell[]>(statement));
    return { run: (...cells) => void prepared.run(...cells) };
  }

  /**
   * Runs `change` and commits what it wrote, or nothing of it. Within another transaction it is a part of that.
   *
   * @throws {RocketMqError} METADATA_UNAVAILABLE on a full or failing disk, METADATA_CORRUPT
   */
  transaction(durability: Durability, change: () => void): void {
    this.#guard(() => {
      if (this.#isChanging) {
        change();
        return;
      }
      // One that failed and could not be rolled back: whatever follows would be a part of it.
      if (this.#sqlite.inTransaction) this.#sqlite.exec('ROLLBACK');
      if (this.#durability !== durability) {
        // Not known while it fails.
        this.#durability = undefined;
        this.#sqlite.pragma(`synchronous = ${durability === 'synced' ? 'FULL' : 'NORMAL'}`);
        this.#durability = durability;
      }
      this.#isChanging = true;
      try {
        this.#sqlite.transaction(change).immediate();
      } finally {
        this.#isChanging = false;
      }
    });
  }

  /** The error for content that cannot be what was written, with what to do about it. */
  damaged(reason: string, cause?: unknown): RocketMqError {
    return new RocketMqError(
      `${this.path} is damaged: ${reason}; restore it from a copy, or move it away to start from the JSON files beside it`,
      { code: 'METADATA_CORRUPT', details: { path: this.path, reason }, cause },
    );
  }

  /** Empties the write-ahead log into the file. Idempotent. */
  close(): void {
    if (this.#sqlite.open) this.#guard(() => this.#sqlite.close());
  }

  #prepareFile(): void {
    const db = this.#sqlite;
    const version = Number(db.pragma('user_version', { simple: true }));
    const isBlank = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
    if (!isBlank && db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
      throw this.damaged('it is a database of something else');
    }
    if (version > SCHEMA_VERSION) {
      throw new RocketMqError(
        `${this.path} has format ${version}, this release knows ${SCHEMA_VERSION}: start the release that wrote it`,
        { code: 'METADATA_NEWER', details: { path: this.path, version } },
      );
    }
    db.pragma('journal_mode = WAL');
    // In a thread instead: WalCheckpoints.
    db.pragma('wal_autocheckpoint = 0');
    db.pragma(`cache_size = ${CACHE_PAGES}`);
    if (isBlank) db.pragma(`application_id = ${APPLICATION_ID}`);
    const verdict = String(db.pragma('quick_check(1)', { simple: true }));
    if (verdict !== 'ok') throw this.damaged(verdict.replaceAll(/\s+/gu, ' '));
  }

  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): Error {
    const code = errorCode(error);
    if (code === undefined || !code.startsWith('SQLITE_')) return toError(error);
    const { message } = error as Error;
    // SQLITE_ERROR: a table or column of ours is missing; SQLITE_CONSTRAINT: there is another that our rows know nothing of.
    const isDamage = DAMAGE_CODES.has(code) || /^SQLITE_(?:CORRUPT|CONSTRAINT)/u.test(code);
    if (isDamage) return this.damaged(message, error);
    return new RocketMqError(`${this.path} cannot be used: ${message} (${code})`, {
      code: 'METADATA_UNAVAILABLE',
      isRetryable: true,
      details: { path: this.path, sqliteCode: code },
      cause: error,
    });
  }
}
