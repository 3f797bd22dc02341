import { basename, dirname } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import { type JsonValue, mapEntriesOf, parseFastJson, printFastJson } from '@orbitmq/protocol';
import { type Disk, readWholeFile, replaceFile } from '@orbitmq/runtime';

/** Of orders of queues: topic to `broker:queues;broker:queues`. */
export const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';
/** Entries kept at most; each is a decision of an administrator. */
export const MAX_KV_ENTRIES = 100_000;
/** Characters of names and values kept at most: the file is written anew at each change. */
const MAX_KV_CHARACTERS = 64 * 1024 * 1024;

type Table = Map<string, Map<string, string>>;

/**
 * Texts by namespace and key, kept in Apache's `kvConfig.json`: `{"configTable":{"NAMESPACE":{"key":"value"}}}`.
 * A change is on the disk when its promise resolves. When the disk refuses, it holds while the process
 * lives and goes to the disk with the next change.
 *
 * Source: KVConfigManager.java, KVConfigSerializeWrapper.java.
 */
export class KvConfig {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #table: Table;
  #count = 0;
  #characters = 0;
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  /** The disk refused the last write: the file is not what memory is. */
  #isUnwritten = false;

  /** @throws {RocketMqError} KV_CONFIG_CORRUPT, which names the file */
  static async open(disk: Disk, path: string): Promise<KvConfig> {
    const content = await readWholeFile(disk, path);
    return new KvConfig(disk, path, parseTable(path, content));
  }

  private constructor(disk: Disk, path: string, table: Table) {
    this.#disk = disk;
    this.#path = path;
    this.#table = table;
    for (const entries of table.values()) {
      for (const [key, value] of entries) this.#account(1, key.length + value.length);
    }
  }

  get(namespace: string, key: string): string | undefined {
    return this.#table.get(namespace)?.get(key);
  }

  /** Entries of a namespace; undefined when it has none. */
  namespace(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.#table.get(namespace);
  }

  /** @throws {RocketMqError} KV_CONFIG_FULL; the disk's error when the file cannot be written */
  async put(namespace: string, key: string, value: string): Promise<void> {
    const entries = this.#table.get(namespace);
    const former = entries?.get(key);
    if (former === value) return this.#written();
    const added = former === undefined ? key.length + value.length : value.length - former.length;
    if (
      (former === undefined && this.#count >= MAX_KV_ENTRIES) ||
      this.#characters + added > MAX_KV_CHARACTERS
    ) {
      throw new RocketMqError('the KV configuration is full', {
        code: 'KV_CONFIG_FULL',
        details: { maxEntries: MAX_KV_ENTRIES, maxCharacters: MAX_KV_CHARACTERS },
      });
    }
    if (entries === undefined) this.#table.set(namespace, new Map([[key, value]]));
    else entries.set(key, value);
    this.#account(former === undefined ? 1 : 0, added);
    return this.#write();
  }

  /** Removes an entry, or nothing when it is absent. */
  async delete(namespace: string, key: string): Promise<void> {
    const entries = this.#table.get(namespace);
    const former = entries?.get(key);
    if (entries === undefined || former === undefined) return this.#written();
    entries.delete(key);
    if (entries.size === 0) this.#table.delete(namespace);
    this.#account(-1, -(key.length + former.length));
    return this.#write();
  }

  #account(entries: number, characters: number): void {
    this.#count += entries;
    this.#characters += characters;
  }

  /** What was changed before is on the disk; what the disk refused then is written now. */
  #written(): Promise<void> {
    return this.#isUnwritten ? this.#write() : (this.#next ?? this.#writing);
  }

  /** Changes made while a write is under way share the next one. */
  #write(): Promise<void> {
    this.#next ??= this.#writing.then(
      () => this.#writeNow(),
      () => this.#writeNow(),
    );
    return this.#next;
  }

  #writeNow(): Promise<void> {
    const writing = this.#writeFile();
    this.#writing = writing;
    this.#next = undefined;
    return writing;
  }

  async #writeFile(): Promise<void> {
    const directory = dirname(this.#path);
    const content = Buffer.from(printFastJson(this.#json(), { pretty: true }));
    try {
      await this.#disk.makeDirectory(directory);
      await replaceFile(this.#disk, directory, basename(this.#path), content);
      this.#isUnwritten = false;
    } catch (error) {
      this.#isUnwritten = true;
      throw error;
    }
  }

  #json(): JsonValue {
    const namespaces = Array.from(this.#table, ([namespace, entries]) => [
      namespace,
      Object.fromEntries(entries),
    ]);
    return { configTable: Object.fromEntries(namespaces) as JsonValue };
  }
}

function parseTable(path: string, content: Buffer | undefined): Table {
  const table: Table = new Map();
  if (content === undefined || content.length === 0) return table;
  try {
    const [, namespaces] =
      (mapEntriesOf(parseFastJson(content)) ?? []).find(([name]) => name === 'configTable') ?? [];
    for (const [namespace, entries] of mapEntriesOf(namespaces) ?? []) {
      const texts = (mapEntriesOf(entries) ?? []).map(textEntry);
      if (texts.length > 0) table.set(textOf(namespace), new Map(texts));
    }
  } catch (cause) {
    throw new RocketMqError(`${path} is no KV configuration: repair it or remove it`, {
      code: 'KV_CONFIG_CORRUPT',
      details: { path },
      cause,
    });
  }
  return table;
}

function textEntry([key, value]: readonly [JsonValue, JsonValue]): [string, string] {
  return [textOf(key), textOf(value)];
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : printFastJson(value);
}
