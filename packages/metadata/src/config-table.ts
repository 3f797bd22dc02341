import type { DataVersion } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import type { Change, Database } from './database.ts';
import { nextVersion } from './model.ts';
import type { VersionedTable, Versions } from './versions.ts';

/** How one kind of configuration is named and stored. */
export interface ConfigKind<T> {
  readonly sqlTable: 'topic' | 'subscription_group';
  readonly versionedTable: VersionedTable;
  nameOf(config: T): string;
  print(config: T): Buffer;
  /** @throws {RocketMqError} BODY_MALFORMED for what is no such configuration */
  parse(json: Buffer): T;
}

/**
 * Topics or subscription groups: read from memory, changed in the database first. A change is on
 * the disk when the call returns; one that fails leaves memory and database as they were.
 */
export class ConfigTable<T> {
  readonly #kind: ConfigKind<T>;
  readonly #database: Database;
  readonly #versions: Versions;
  readonly #clock: Clock;
  readonly #configs = new Map<string, T>();
  readonly #insert: Change;
  readonly #remove: Change;
  readonly #clear: Change;

  constructor(kind: ConfigKind<T>, options: ConfigTableOptions) {
    const { database } = options;
    this.#kind = kind;
    this.#database = database;
    this.#versions = options.versions;
    this.#clock = options.clock;
    for (const row of database.rows(`SELECT name, config FROM ${kind.sqlTable}`)) {
      this.#configs.set(String(row['name']), this.#parse(String(row['name']), row['config']));
    }
    this.#insert = database.prepare(`INSERT OR REPLACE INTO ${kind.sqlTable} VALUES (?, ?)`);
    this.#remove = database.prepare(`DELETE FROM ${kind.sqlTable} WHERE name = ?`);
    this.#clear = database.prepare(`DELETE FROM ${kind.sqlTable}`);
  }

  get(name: string): T | undefined {
    return this.#configs.get(name);
  }

  /** The table itself, for reading; it changes when configurations do. */
  get all(): ReadonlyMap<string, T> {
    return this.#configs;
  }

  get version(): DataVersion {
    return this.#versions.get(this.#kind.versionedTable);
  }

  /** A new version of what stays as it is. */
  advanceVersion(): void {
    this.#commit(nextVersion(this.version, this.#clock.now()), () => undefined);
  }

  /** Adds or replaces configurations as one change with one new version. */
  put(configs: readonly T[]): void {
    if (configs.length === 0) return;
    this.#commit(nextVersion(this.version, this.#clock.now()), () => this.#insertAll(configs));
    this.#remember(configs);
  }

  /** @returns whether there was one */
  delete(name: string): boolean {
    if (!this.#configs.has(name)) return false;
    this.#commit(nextVersion(this.version, this.#clock.now()), () => this.#remove.run(name));
    this.#configs.delete(name);
    return true;
  }

  /** Takes over another broker's table with its version: a slave from its master, an import from Apache's file. */
  replace(configs: readonly T[], version: DataVersion): void {
    this.#commit(version, () => {
      this.#clear.run();
      this.#insertAll(configs);
    });
    this.#configs.clear();
    this.#remember(configs);
  }

  #commit(version: DataVersion, change: () => void): void {
    const { versionedTable } = this.#kind;
    this.#database.transaction('synced', () => {
      change();
      this.#versions.write(versionedTable, version);
    });
    this.#versions.set(versionedTable, version);
  }

  #insertAll(configs: readonly T[]): void {
    for (const config of configs) {
      this.#insert.run(this.#kind.nameOf(config), this.#kind.print(config).toString());
    }
  }

  #remember(configs: readonly T[]): void {
    for (const config of configs) this.#configs.set(this.#kind.nameOf(config), config);
  }

  #parse(name: string, config: unknown): T {
    let cause: unknown;
    try {
      const parsed = this.#kind.parse(Buffer.from(String(config)));
      if (this.#kind.nameOf(parsed) === name) return parsed;
    } catch (error) {
      cause = error;
    }
    throw this.#database.damaged(
      `row ${name} of table ${this.#kind.sqlTable} is no configuration of that name`,
      cause,
    );
  }
}

export interface ConfigTableOptions {
  readonly database: Database;
  readonly versions: Versions;
  readonly clock: Clock;
}
