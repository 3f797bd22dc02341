/** Reads `metadata.db` for people and tools, without changing it. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode, RocketMqError } from '@orbitmq/kernel';
import { type Disk, nodeDisk } from '@orbitmq/runtime';
import Sqlite from 'better-sqlite3';
import type { Row } from './database.ts';

const COPY_BYTES = 1024 * 1024;

/**
 * A database opened for reading only, whatever it is: tables of other programs show as well. A broker
 * may go on writing it meanwhile. One that a killed process left needs its `-wal` file worked in, which
 * is done in a copy below the system's temporary directory: the original stays as it is.
 */
export class DatabaseView implements AsyncDisposable {
  readonly #sqlite: Sqlite.Database;
  readonly #path: string;
  readonly #dispose: () => Promise<void>;

  /** @throws {RocketMqError} METADATA_UNREADABLE when it is no database, damaged at its head, or cannot be opened */
  static async open(path: string, disk: Disk = nodeDisk): Promise<DatabaseView> {
    try {
      return new DatabaseView(path, path, async () => undefined);
    } catch (error) {
      const isLeftOpen = String((error as RocketMqError).details['sqliteCode']).startsWith(
        'SQLITE_READONLY',
      );
      if (!isLeftOpen) throw error;
    }
    const directory = join(tmpdir(), `orbitmq-view-${process.pid}-${performance.now()}`);
    const dispose = (): Promise<void> => disk.removeDirectory(directory);
    try {
      await disk.makeDirectory(directory);
      const copy = join(directory, 'copy.db');
      for (const end of ['', '-wal']) await copyFile(disk, path + end, copy + end);
      return new DatabaseView(path, copy, dispose);
    } catch (error) {
      await dispose();
      throw error;
    }
  }

  private constructor(path: string, opened: string, dispose: () => Promise<void>) {
    this.#path = path;
    this.#dispose = dispose;
    const options = { readonly: opened === path, fileMustExist: true };
    this.#sqlite = this.#guard(() => new Sqlite(opened, options));
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sqlite.close();
    await this.#dispose();
  }

  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  #unreadable(error: unknown): RocketMqError {
    const { message } = error as Error;
    return new RocketMqError(`${this.#path}: ${message}`, {
      code: 'METADATA_UNREADABLE',
      details: { path: this.#path, sqliteCode: errorCode(error) },
      cause: error,
    });
  }
}

/** Copies a file, when there is one. */
async function copyFile(disk: Disk, from: string, to: string): Promise<void> {
  if ((await disk.stat(from)) === undefined) return;
  const source = await disk.open(from, 'read');
  const target = await disk.open(to, 'create');
  try {
    const buffer = Buffer.alloc(COPY_BYTES);
    for (let position = 0; ; position += COPY_BYTES) {
      const bytes = await source.read(buffer, 0, COPY_BYTES, position);
      if (bytes > 0) await target.write(buffer, 0, bytes, position);
      if (bytes < COPY_BYTES) return;
    }
  } finally {
    await source.close();
    await target.close();
  }
}
