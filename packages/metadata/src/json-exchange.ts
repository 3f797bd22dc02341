import { type Logger, toError } from '@orbitmq/kernel';
import {
  type ConsumerOffsetsFile,
  type DelayOffsetsFile,
  type GroupsFile,
  parseConsumerOffsetsFile,
  parseDelayOffsetsFile,
  parseGroupsFile,
  parseTopicsFile,
  printConsumerOffsetsFile,
  printDelayOffsetsFile,
  printGroupsFile,
  printTopicsFile,
  type TopicsFile,
} from './apache-files.ts';
import type { Database } from './database.ts';
import { type Fingerprint, fingerprintOf, type JsonDirectory } from './json-directory.ts';

/**
 * What a file means for the tables: `replace` makes them equal to it, `merge` lets its entries win
 * and keeps what it lacks.
 */
export type Adoption = 'replace' | 'merge';

/** The tables as the exchange sees them. */
export interface ExchangedTables {
  takeTopics(file: TopicsFile, adoption: Adoption): void;
  takeGroups(file: GroupsFile, adoption: Adoption): void;
  takeConsumerOffsets(file: ConsumerOffsetsFile, adoption: Adoption): void;
  takeDelayOffsets(file: DelayOffsetsFile, adoption: Adoption): void;
  topicsFile(): TopicsFile;
  groupsFile(): GroupsFile;
  consumerOffsetsFile(): ConsumerOffsetsFile;
  delayOffsetsFile(): DelayOffsetsFile;
}

interface ExchangedFile {
  readonly name: string;
  /** Reads the content; what it gives puts it into the tables. @throws {RocketMqError} JSON_MALFORMED */
  readonly parse: (content: Buffer) => (tables: ExchangedTables, adoption: Adoption) => void;
  readonly print: (tables: ExchangedTables) => Buffer;
}

const FILES: readonly ExchangedFile[] = [
  {
    name: 'topics.json',
    parse: (content) => take(parseTopicsFile(content), (t, file, how) => t.takeTopics(file, how)),
    print: (tables) => printTopicsFile(tables.topicsFile()),
  },
  {
    name: 'subscriptionGroup.json',
    parse: (content) => take(parseGroupsFile(content), (t, file, how) => t.takeGroups(file, how)),
    print: (tables) => printGroupsFile(tables.groupsFile()),
  },
  {
    name: 'consumerOffset.json',
    parse: (content) =>
      take(parseConsumerOffsetsFile(content), (t, file, how) => t.takeConsumerOffsets(file, how)),
    print: (tables) => printConsumerOffsetsFile(tables.consumerOffsetsFile()),
  },
  {
    name: 'delayOffset.json',
    parse: (content) =>
      take(parseDelayOffsetsFile(content), (t, file, how) => t.takeDelayOffsets(file, how)),
    print: (tables) => printDelayOffsetsFile(tables.delayOffsetsFile()),
  },
];

function take<F>(
  file: F,
  into: (tables: ExchangedTables, file: F, adoption: Adoption) => void,
): (tables: ExchangedTables, adoption: Adoption) => void {
  return (tables, adoption) => into(tables, file, adoption);
}

/** A change to be made to the tables, found in a file. */
export interface FoundFile {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  apply(tables: ExchangedTables, adoption: Adoption): void;
}

/** Everything there is to import into a new database. @throws {RocketMqError} METADATA_IMPORT_FAILED */
export async function findFiles(directory: JsonDirectory): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const { name, parse } of FILES) {
    const file = await directory.parse(name, (content) => ({
      name,
      fingerprint: fingerprintOf(content),
      apply: parse(content),
    }));
    if (file !== undefined) found.push(file);
  }
  return found;
}

/**
 * Files that another broker wrote after this database was used last: what they hold is neither what
 * we exported nor what we imported, and nobody else writes them while a broker of ours runs.
 */
export async function findForeignFiles(
  directory: JsonDirectory,
  exported: ExportedFiles,
  log: Logger,
): Promise<(FoundFile & { readonly adoption: Adoption })[]> {
  const found: (FoundFile & { readonly adoption: Adoption })[] = [];
  for (const { name, parse } of FILES) {
    const content = await directory.read(name);
    if (content === undefined) continue;
    const fingerprint = fingerprintOf(content);
    if (exported.isOurs(name, fingerprint)) continue;
    const known = exported.get(name);
    // After a clean stop the file continues our state; after a crash it may lack our last changes.
    const adoption = known?.isCurrent === true ? 'replace' : 'merge';
    try {
      found.push({ name, fingerprint, adoption, apply: parse(content) });
    } catch (error) {
      log.warn({ name, err: toError(error) }, 'changed config file cannot be read, ignored');
    }
  }
  return found;
}

/**
 * Writes all files. What they will hold is noted before, so that after a crash in between a file of
 * ours is not taken for another broker's.
 *
 * @param isFinal whether nothing changes the tables afterwards
 */
export async function writeFiles(
  directory: JsonDirectory,
  tables: ExchangedTables,
  exported: ExportedFiles,
  isFinal: boolean,
): Promise<void> {
  const contents = FILES.map(({ name, print }) => [name, print(tables)] as const);
  const prints = contents.map(([name, content]) => [name, fingerprintOf(content)] as const);
  await settleAnnounced(directory, exported);
  exported.announce(prints);
  for (const [name, content] of contents) await directory.write(name, content);
  exported.remember(prints, isFinal);
}

/**
 * What was announced and then written, but not remembered, because the process ended or the disk failed in
 * between, is remembered now: the next announcement takes its place.
 */
async function settleAnnounced(directory: JsonDirectory, exported: ExportedFiles): Promise<void> {
  const written: [string, Fingerprint][] = [];
  for (const { name } of FILES) {
    const content = await directory.read(name);
    const fingerprint = content === undefined ? undefined : fingerprintOf(content);
    if (fingerprint !== undefined && exported.isOurs(name, fingerprint)) {
      written.push([name, fingerprint]);
    }
  }
  exported.remember(written, false);
}

interface KnownFile extends Fingerprint {
  /** Whether the tables hold just what the file holds: it was written by a clean stop. */
  readonly isCurrent: boolean;
}

/** Behind the name of a file: what it is about to hold. */
const ANNOUNCED = '.next';

/** What the database knows of the files. */
export class ExportedFiles {
  readonly #database: Database;
  readonly #known = new Map<string, KnownFile>();

  constructor(database: Database) {
    this.#database = database;
    for (const row of database.rows('SELECT * FROM json_file')) {
      this.#known.set(String(row['name']), {
        sizeBytes: Number(row['size_bytes']),
        crc32: Number(row['crc32']),
        isCurrent: row['is_current'] === 1,
      });
    }
  }

  get(name: string): KnownFile | undefined {
    return this.#known.get(name);
  }

  /** Whether a file holds what we wrote last, or were about to. */
  isOurs(name: string, fingerprint: Fingerprint): boolean {
    return [name, name + ANNOUNCED].some((each) => {
      const known = this.#known.get(each);
      return known !== undefined && isSame(known, fingerprint);
    });
  }

  /** What the files will hold, before they are written. */
  announce(files: Iterable<readonly [string, Fingerprint]>): void {
    this.remember(
      [...files].map(([name, fingerprint]) => [name + ANNOUNCED, fingerprint] as const),
      false,
    );
  }

  remember(files: Iterable<readonly [string, Fingerprint]>, isCurrent: boolean): void {
    const insert = this.#database.prepare('INSERT OR REPLACE INTO json_file VALUES (?, ?, ?, ?)');
    const entries = [...files];
    this.#database.transaction('synced', () => {
      for (const [name, { sizeBytes, crc32 }] of entries) {
        insert.run(name, sizeBytes, crc32, isCurrent ? 1 : 0);
      }
    });
    for (const [name, fingerprint] of entries) this.#known.set(name, { ...fingerprint, isCurrent });
  }

  /** From now on the tables may differ from every file. */
  expire(): void {
    this.#database.prepare('UPDATE json_file SET is_current = 0').run();
    for (const [name, file] of this.#known) this.#known.set(name, { ...file, isCurrent: false });
  }
}

function isSame(left: Fingerprint, right: Fingerprint): boolean {
  return left.sizeBytes === right.sizeBytes && left.crc32 === right.crc32;
}
