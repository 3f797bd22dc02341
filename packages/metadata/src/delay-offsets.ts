import type { DataVersion } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import type { ConfigTableOptions } from './config-table.ts';
import type { Change, Database } from './database.ts';
import { nextVersion } from './model.ts';
import type { Versions } from './versions.ts';

/** Updates between two data versions, as Apache's. */
const UPDATES_PER_VERSION = 200;

/** How far each delay level's queue was delivered; levels count from 1. Written at each flush. */
export class DelayOffsets {
  readonly #database: Database;
  readonly #versions: Versions;
  readonly #clock: Clock;
  readonly #insert: Change;
  readonly #offsets = new Map<number, number>();
  #isDirty = false;
  #updatesSinceVersion = 0;
  #version: DataVersion;

  constructor({ database, versions, clock }: ConfigTableOptions) {
    this.#database = database;
    this.#versions = versions;
    this.#clock = clock;
    this.#version = versions.get('delayOffsets');
    for (const row of database.rows('SELECT * FROM delay_offset')) {
      this.#offsets.set(Number(row['level']), Number(row['queue_offset']));
    }
    this.#insert = database.prepare('INSERT OR REPLACE INTO delay_offset VALUES (?, ?)');
  }

  get all(): ReadonlyMap<number, number> {
    return this.#offsets;
  }

  get version(): DataVersion {
    return this.#version;
  }

  setVersion(version: DataVersion): void {
    this.#version = version;
  }

  set(level: number, offset: number): void {
    this.#offsets.set(level, offset);
    this.#isDirty = true;
    if (++this.#updatesSinceVersion < UPDATES_PER_VERSION) return;
    this.#updatesSinceVersion = 0;
    this.#version = nextVersion(this.#version, this.#clock.now());
  }

  /** @throws {RocketMqError} when the database refuses; the change stays to be written */
  flush(): void {
    if (!this.#isDirty) return;
    this.#database.transaction('written', () => {
      for (const [level, offset] of this.#offsets) this.#insert.run(level, offset);
      this.#versions.write('delayOffsets', this.#version);
    });
    this.#versions.set('delayOffsets', this.#version);
    this.#isDirty = false;
  }
}
