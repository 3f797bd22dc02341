/** Reads `metadata.db` for people and tools, without changing it. */
import { errorCode, RocketMqError, toError } from '@orbitmq/kernel';
import Sqlite from 'better-sqlite3';
import type { Row } from './database.ts';

/**
 * A database opened for reading only, whatever it is: tables of other programs show as well. A broker
 * may go on writing it meanwhile. Where the database was not closed, SQLite reads its `-wal` file along,
 * for which it may make a `-shm` file beside it.
 */
export class DatabaseView implements Disposable {
  readonly #sqlite: Sqlite.Database;
  readonly #path: string;

  /** @throws {RocketMqError} METADATA_UNREADABLE when it is no database, damaged at its head, or cannot be opened */
  constructor(path: string) {
    this.#path = path;
    this.#sqlite = this.#guard(() => new Sqlite(path, { readonly: true, fileMustExist: true }));
    try {
      this.tables();
    } catch (error) {
      this.#sqlite.close();
      throw error;
    }
  }

  /** What SQLite says is wrong with the file, at most ten lines; empty when nothing is. Reads all of it. */
  problems(): string[] {
    const verdicts = this.#guard(() => this.#sqlite.pragma('integrity_check(10)') as Row[]);
    return verdicts.map((row) => String(Object.values(row)[0])).filter((text) => text !== 'ok');
  }

  /** Names of all tables. */
  tables(): string[] {
    const rows = this.#guard(() =>
      this.#sqlite
        .prepare<[], Row>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .all(),
    );
    return rows.map((row) => String(row['name']));
  }

  /** All rows of a table, one at a time. @throws {RocketMqError} METADATA_UNREADABLE */
  *rows(table: string): Generator<Row> {
    const query = `SELECT * FROM "${table.replaceAll('"', '""')}"`;
    try {
      yield* this.#sqlite.prepare<[], Row>(query).iterate();
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  [Symbol.dispose](): void {
    this.#sqlite.close();
  }

  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  #unreadable(error: unknown): RocketMqError {
    const { message } = toError(error);
    return new RocketMqError(`${this.#path}: ${message}`, {
      code: 'METADATA_UNREADABLE',
      details: { path: this.#path, sqliteCode: errorCode(error) },
      cause: error,
    });
  }
}
