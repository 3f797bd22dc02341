import type { DataVersion } from '@orbitmq/protocol';
import type { Change, Database } from './database.ts';
import { INITIAL_VERSION } from './model.ts';

/** The tables that peers compare by version before they copy them. */
export type VersionedTable = 'topics' | 'groups' | 'consumerOffsets' | 'delayOffsets';

/** Data versions in the database. */
export class Versions {
  readonly #versions = new Map<string, DataVersion>();
  readonly #write: Change;

  constructor(database: Database) {
    for (const row of database.rows('SELECT * FROM data_version')) {
      this.#versions.set(String(row['name']), {
        counter: Number(row['counter']),
        timestamp: Number(row['timestamp']),
        stateVersion: Number(row['state_version']),
      });
    }
    this.#write = database.prepare('INSERT OR REPLACE INTO data_version VALUES (?, ?, ?, ?)');
  }

  get(table: VersionedTable): DataVersion {
    return this.#versions.get(table) ?? INITIAL_VERSION;
  }

  /** Writes a version as part of the running transaction. */
  write(table: VersionedTable, version: DataVersion): void {
    this.#write.run(table, version.counter, version.timestamp, version.stateVersion ?? 0);
  }

  /** Takes a version over once its transaction is committed. */
  set(table: VersionedTable, version: DataVersion): void {
    this.#versions.set(table, version);
  }
}
