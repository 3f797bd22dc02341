import { join } from 'node:path';
import { type Logger, silentLogger, toError } from '@orbitmq/kernel';
import {
  type DataVersion,
  parseSubscriptionGroupConfig,
  parseTopicConfig,
  printSubscriptionGroupConfig,
  printTopicConfig,
  type SubscriptionGroupConfig,
  SystemTopic,
  type TopicConfig,
} from '@orbitmq/protocol';
import {
  type Clock,
  type Disk,
  makeLastingDirectory,
  nodeDisk,
  systemClock,
  systemTimers,
  type Timer,
  type Timers,
} from '@orbitmq/runtime';
import { ConfigTable, type ConfigTableOptions } from './config-table.ts';
import { ConsumerOffsets } from './consumer-offsets.ts';
import { Database } from './database.ts';
import { DelayOffsets } from './delay-offsets.ts';
import { ForbiddenReads } from './forbidden-reads.ts';
import { JsonDirectory } from './json-directory.ts';
import { ExportedFiles, findFiles, findForeignFiles, writeFiles } from './json-exchange.ts';
import { type OffsetAhead, offsetsAhead, type QueueEnd } from './offsets-ahead.ts';
import { exchangedTables, type Tables } from './tables.ts';
import { Versions } from './versions.ts';
import { WalCheckpoints } from './wal-checkpoints.ts';

export const DATABASE_FILE = 'metadata.db';
/** Apache's `flushConsumerOffsetInterval`, and how long after the start it is waited for first. */
const DEFAULT_FLUSH_INTERVAL_MS = 5000;
const FIRST_FLUSH_MS = 10_000;

export interface BrokerMetadataOptions {
  /** The store's `config` directory; made when it is absent. */
  readonly directory: string;
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** Where Apache's JSON files are read and written; the database itself is SQLite's own file. */
  readonly disk?: Disk;
  readonly log?: Logger;
  /** `flushConsumerOffsetInterval`. */
  readonly flushIntervalMs?: number;
}

/**
 * Topics, subscription groups, consumer offsets and delay offsets of one broker.
 *
 * Reads come from memory and never wait. A topic or group that was put is on the disk when the call
 * returns. Offsets are written every flush interval and by `close`: the end of the process loses at
 * most those committed since, a power cut those of the last intervals. What is lost is consumed again.
 *
 * Source: TopicConfigManager.java, SubscriptionGroupManager.java, ConsumerOffsetManager.java.
 */
export class BrokerMetadata implements AsyncDisposable {
  readonly #database: Database;
  readonly #json: JsonDirectory;
  readonly #exported: ExportedFiles;
  readonly #tables: Tables;
  readonly #timers: Timers;
  readonly #log: Logger;
  readonly #flushTimer: Timer;
  readonly #checkpoints: WalCheckpoints;
  #flushing: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /**
   * Opens the database, and makes it from Apache's JSON files when it is absent. Files that an Apache
   * broker changed since we wrote them are taken over, so that a store can go to and fro.
   *
   * @throws {RocketMqError} METADATA_CORRUPT, METADATA_NEWER, METADATA_UNAVAILABLE, METADATA_IMPORT_FAILED;
   *   each message names the file
   */
  static async open(options: BrokerMetadataOptions): Promise<BrokerMetadata> {
    const { directory, clock = systemClock, disk = nodeDisk, log = silentLogger } = options;
    await makeLastingDirectory(disk, directory);
    const json = new JsonDirectory(disk, directory);
    const database = new Database(join(directory, DATABASE_FILE));
    try {
      const opened = database.isEmpty
        ? await importAll(database, { json, clock, log })
        : await loadAll(database, { json, clock, log });
      return new BrokerMetadata(options, { database, json, ...opened });
    } catch (error) {
      database.close();
      throw error;
    }
  }

  private constructor(options: BrokerMetadataOptions, parts: Parts) {
    this.#database = parts.database;
    this.#json = parts.json;
    this.#exported = parts.exported;
    this.#tables = parts.tables;
    this.#timers = options.timers ?? systemTimers;
    this.#log = options.log ?? silentLogger;
    const { disk = nodeDisk, log = silentLogger } = options;
    this.#checkpoints = new WalCheckpoints({ path: this.#database.path, disk, log });
    this.#flushTimer = this.#timers.every(
      options.flushIntervalMs ?? DEFAULT_FLUSH_INTERVAL_MS,
      () => this.#flushInBackground(),
      FIRST_FLUSH_MS,
    );
  }

  topic(name: string): TopicConfig | undefined {
    return this.#tables.topics.get(name);
  }

  /** All topics; one that is changed while they are gone through may come or not. */
  topics(): IterableIterator<TopicConfig> {
    return this.#tables.topics.all.values();
  }

  get topicsVersion(): DataVersion {
    return this.#tables.topics.version;
  }

  /** Gives the topics a new data version as they are: what depends on them has changed for those who read them. */
  advanceTopicsVersion(): void {
    this.#tables.topics.advanceVersion();
  }

  /** Adds or replaces a topic, with a new data version. */
  putTopic(config: TopicConfig): void {
    this.#tables.topics.put([config]);
  }

  /** Adds or replaces topics as one change with one new data version. */
  putTopics(configs: readonly TopicConfig[]): void {
    this.#tables.topics.put(configs);
  }

  /** @returns whether there was one; its consumer offsets stay until {@link removeTopicOffsets} */
  deleteTopic(name: string): boolean {
    return this.#tables.topics.delete(name);
  }

  /** Takes over a master's table with its version. */
  replaceTopics(configs: readonly TopicConfig[], version: DataVersion): void {
    this.#tables.topics.replace(configs, version);
  }

  group(name: string): SubscriptionGroupConfig | undefined {
    return this.#tables.groups.get(name);
  }

  /** All groups; one that is changed while they are gone through may come or not. */
  groups(): IterableIterator<SubscriptionGroupConfig> {
    return this.#tables.groups.all.values();
  }

  get groupsVersion(): DataVersion {
    return this.#tables.groups.version;
  }

  putGroups(configs: readonly SubscriptionGroupConfig[]): void {
    this.#tables.groups.put(configs);
  }

  /** @returns whether there was one; its offsets stay until {@link removeOffsets} */
  deleteGroup(name: string): boolean {
    return this.#tables.groups.delete(name);
  }

  /** Takes over a master's table with its version. */
  replaceGroups(configs: readonly SubscriptionGroupConfig[], version: DataVersion): void {
    this.#tables.groups.replace(configs, version);
  }

  /** Bits of what a group may not do with a topic (mask 4: read); 0 when nothing is forbidden. */
  forbiddenMask(group: string, topic: string): number {
    return this.#tables.forbidden.get(group, topic);
  }

  setForbiddenMask(group: string, topic: string, mask: number): void {
    this.#tables.forbidden.set(group, topic, mask);
  }

  /** Next offset the group consumes in the queue; undefined when it never committed there. */
  consumerOffset(topic: string, group: string, queueId: number): number | undefined {
    return this.#tables.consumerOffsets.get(topic, group, queueId);
  }

  /** @throws {RocketMqError} CONSUMER_OFFSETS_FULL */
  commitConsumerOffset(topic: string, group: string, queueId: number, offset: number): void {
    this.#tables.consumerOffsets.commit(topic, group, queueId, offset);
  }

  /** Offsets of a group in one topic by queue id; undefined when it never committed there. */
  offsetsOfGroup(group: string, topic: string): ReadonlyMap<number, number> | undefined {
    return this.#tables.consumerOffsets.ofGroup(topic, group);
  }

  /** Topics in which a group committed offsets. */
  topicsOfGroup(group: string): string[] {
    return this.#tables.consumerOffsets.topicsOf(group);
  }

  /** Groups that committed offsets in a topic. */
  groupsOfTopic(topic: string): string[] {
    return this.#tables.consumerOffsets.groupsOf(topic);
  }

  /** All offsets, one item for each topic and group. */
  consumerOffsets(): IterableIterator<ConsumerOffsetsItem> {
    return this.#tables.consumerOffsets.all();
  }

  get consumerOffsetsVersion(): DataVersion {
    return this.#tables.consumerOffsets.version;
  }

  /** Forgets a group's offsets, in one topic or in all. */
  removeOffsets(group: string, topic?: string): void {
    const topics = topic === undefined ? this.topicsOfGroup(group) : [topic];
    for (const each of topics) this.#tables.consumerOffsets.remove(group, each);
  }

  /** Forgets every group's offsets in a topic. */
  removeTopicOffsets(topic: string): void {
    for (const group of this.groupsOfTopic(topic)) {
      this.#tables.consumerOffsets.remove(group, topic);
    }
  }

  /** Next offset to look at in a delay level's queue; levels count from 1. */
  delayOffset(level: number): number | undefined {
    return this.#tables.delayOffsets.all.get(level);
  }

  setDelayOffset(level: number, offset: number): void {
    this.#tables.delayOffsets.set(level, offset);
  }

  /**
   * Takes offsets that lead beyond their queues back to the queues' ends: a power cut may take messages and
   * leave the offsets behind them, and what comes in the messages' places is not to be passed over. Call it
   * before there are any. It survives a power cut when the call returns.
   *
   * @param queueEnd offset of a queue's next message; 0 for a queue that there is not
   * @returns the consumer groups' among them
   * @throws {RocketMqError} when the database refuses
   */
  correctOffsets(queueEnd: QueueEnd): readonly OffsetAhead[] {
    const { consumerOffsets, delayOffsets } = this.#tables;
    const ahead = offsetsAhead(consumerOffsets.all(), queueEnd);
    this.#database.transaction('synced', () => {
      for (const { topic, group, queueId, queueEnd: end } of ahead) {
        consumerOffsets.commit(topic, group, queueId, end);
      }
      consumerOffsets.writeNow();
      for (const [level, offset] of delayOffsets.all) {
        const end = queueEnd(SystemTopic.schedule, level - 1);
        if (offset > end) delayOffsets.set(level, end);
      }
      delayOffsets.flush();
    });
    return ahead;
  }

  /**
   * Writes the delay offsets now, without waiting for the disk: they survive the process.
   *
   * @throws {RocketMqError} when the database refuses; they stay to be written
   */
  flushDelayOffsets(): void {
    this.#tables.delayOffsets.flush();
  }

  delayOffsets(): ReadonlyMap<number, number> {
    return this.#tables.delayOffsets.all;
  }

  get delayOffsetsVersion(): DataVersion {
    return this.#tables.delayOffsets.version;
  }

  /** Writes the offsets that changed before the call. Calls run one after the other. */
  flush(): Promise<void> {
    const flushed = this.#flushing.then(() => this.#flushOnce());
    this.#flushing = flushed.catch(() => undefined);
    return flushed;
  }

  /** Writes Apache's JSON files, in a state that an Apache broker can go on from when ours is stopped. */
  async exportJson(): Promise<void> {
    await this.flush();
    await this.#writeJson(false);
  }

  /**
   * Writes the offsets, the JSON files, and closes the database. Idempotent. Failing to write the
   * JSON files is logged only: the database has it all.
   *
   * @throws {RocketMqError} when offsets cannot be written; the database is closed all the same
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeOnce(): Promise<void> {
    this.#flushTimer.cancel();
    try {
      await this.flush();
      await this.#writeJson(true).catch((error: unknown) => {
        this.#log.error({ err: toError(error) }, 'config files not written, the database has all');
      });
    } finally {
      this.#database.close();
    }
  }

  /** @param isFinal whether nothing changes the tables afterwards */
  async #writeJson(isFinal: boolean): Promise<void> {
    await writeFiles(this.#json, exchangedTables(this.#tables), this.#exported, isFinal);
  }

  async #flushOnce(): Promise<void> {
    this.#tables.delayOffsets.flush();
    await this.#tables.consumerOffsets.flush(
      () => new Promise((resolve) => this.#timers.afterPoll(resolve)),
    );
    await this.#checkpoints.runIfDue();
  }

  #flushInBackground(): void {
    this.flush().catch((error: unknown) => {
      this.#log.error(
        { err: toError(error) },
        'offsets not written, tried again at the next flush',
      );
    });
  }
}

/** Offsets of one group in one topic. */
export interface ConsumerOffsetsItem {
  readonly topic: string;
  readonly group: string;
  readonly offsets: ReadonlyMap<number, number>;
}

interface Parts {
  readonly database: Database;
  readonly json: JsonDirectory;
  readonly tables: Tables;
  readonly exported: ExportedFiles;
}

interface OpenContext {
  readonly json: JsonDirectory;
  readonly clock: Clock;
  readonly log: Logger;
}

type Opened = Pick<Parts, 'tables' | 'exported'>;

async function importAll(database: Database, context: OpenContext): Promise<Opened> {
  const { json, clock, log } = context;
  const files = await findFiles(json);
  let opened: Opened | undefined;
  database.create(() => {
    const tables = loadTables({ database, versions: new Versions(database), clock });
    const exported = new ExportedFiles(database);
    for (const file of files) file.apply(exchangedTables(tables), 'replace');
    tables.consumerOffsets.writeNow();
    tables.delayOffsets.flush();
    exported.remember(
      files.map((file) => [file.name, file.fingerprint] as const),
      false,
    );
    opened = { tables, exported };
  });
  if (files.length > 0)
    log.info({ files: files.map((file) => file.name) }, 'config files imported');
  return opened as Opened;
}

async function loadAll(database: Database, context: OpenContext): Promise<Opened> {
  const { json, clock, log } = context;
  const tables = loadTables({ database, versions: new Versions(database), clock });
  const exported = new ExportedFiles(database);
  const foreign = await findForeignFiles(json, exported, log);
  database.transaction('synced', () => {
    for (const file of foreign) file.apply(exchangedTables(tables), file.adoption);
    tables.consumerOffsets.writeNow();
    tables.delayOffsets.flush();
    exported.remember(
      foreign.map((file) => [file.name, file.fingerprint] as const),
      false,
    );
    exported.expire();
  });
  for (const { name, adoption } of foreign) {
    log.warn({ name, adoption }, 'config file was changed by another broker, taken over');
  }
  return { tables, exported };
}

function loadTables(options: ConfigTableOptions): Tables {
  return {
    topics: new ConfigTable(
      {
        sqlTable: 'topic',
        versionedTable: 'topics',
        nameOf: (config) => config.topicName,
        print: printTopicConfig,
        parse: parseTopicConfig,
      },
      options,
    ),
    groups: new ConfigTable(
      {
        sqlTable: 'subscription_group',
        versionedTable: 'groups',
        nameOf: (config) => config.groupName,
        print: printSubscriptionGroupConfig,
        parse: parseSubscriptionGroupConfig,
      },
      options,
    ),
    forbidden: new ForbiddenReads(options.database),
    consumerOffsets: new ConsumerOffsets(options),
    delayOffsets: new DelayOffsets(options),
  };
}
