import { type Logger, RocketMqError, required, silentLogger } from '@orbitmq/kernel';
import { type ConfigFiles, diskConfigFiles } from './config-files.ts';
import { processEnvironment } from './environment.ts';
import type { ConfigEnvironment, ConfigKey, ConfigValue, KeyEffect } from './key.ts';
import { nearestName } from './nearest.ts';
import { type Property, parseProperties, printProperties } from './properties.ts';
import { aliasesOf, type ConfigTable, type ConfigValues, defaultOf, keysOf } from './table.ts';

export interface LoadOptions {
  /** The `-c` file; updates are kept in it. */
  readonly file?: string | undefined;
  /** Stronger than the file: `-n` and other flags, by key. */
  readonly overrides?: Readonly<Record<string, string>> | undefined;
  /** Where updates are kept when there is no file; the text of a path. Nowhere when absent. */
  readonly keptIn?: string | undefined;
  readonly environment?: ConfigEnvironment | undefined;
  readonly files?: ConfigFiles | undefined;
}

/** A key nobody knows: kept and printed, without effect. */
export interface UnknownKey {
  readonly key: string;
  /** `file:line`. */
  readonly where: string;
  /** What was probably meant. */
  readonly nearest?: string | undefined;
}

export interface ConfigChange {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly effect: KeyEffect;
}

/** A change with what takes it over; a key that nobody knows has no value. */
interface ReadChange {
  readonly change: ConfigChange;
  readonly property: Property;
  readonly value: ConfigValue | undefined;
}

export type ConfigListener = (changes: readonly ConfigChange[]) => void;

/** Entries of one update; a peer sends a line or two, the whole table has some six hundred. */
const MAX_UPDATED_KEYS = 2_000;
/** Keys that nobody knows which one process keeps; they come from files and from peers' updates. */
const MAX_UNKNOWN_KEYS = 1_000;
/** Protected whatever `configBlackList` says. */
const ALWAYS_PROTECTED = ['configBlackList', 'brokerConfigPath', 'rocketmqHome'];

/**
 * The configuration of a running service: from defaults, environment, file and flags, and changed by
 * updates that administrators send.
 */
export class LiveConfig<T extends ConfigTable> {
  readonly table: T;
  /** The values in force: those of `live` keys change with updates, others stay as they were at the start. */
  readonly settings: ConfigValues<T>;
  readonly unknownKeys: UnknownKey[] = [];
  readonly #keys: ReadonlyMap<string, ConfigKey>;
  readonly #aliases: ReadonlyMap<string, string>;
  /** As configured: what is printed, sent and kept. */
  readonly #configured = new Map<string, ConfigValue>();
  readonly #inForce: Record<string, ConfigValue> = {};
  readonly #unknown = new Map<string, string>();
  readonly #explicit = new Set<string>();
  readonly #listeners = new Set<ConfigListener>();
  readonly #keptIn: string | undefined;
  readonly #files: ConfigFiles;
  #lastUpdate: Promise<void> = Promise.resolve();

  /** Defaults alone; {@link loadConfig} reads files too. */
  constructor(table: T, options: LoadOptions = {}) {
    this.table = table;
    this.#keys = keysOf(table);
    this.#aliases = aliasesOf(table);
    this.#files = options.files ?? diskConfigFiles;
    this.#keptIn = options.file ?? options.keptIn;
    const environment = options.environment ?? processEnvironment();
    for (const [name, key] of this.#keys) this.#put(name, defaultOf(key, environment));
    // The table's types are exactly those of its keys' values.
    this.settings = this.#inForce as ConfigValues<T>;
  }

  /**
   * Takes over entries before the service runs: from a file or from flags, of which the later are stronger.
   *
   * @param source names them in messages: the file's path
   * @throws {RocketMqError} CONFIG_INVALID, with `source:line`, for a value that its key cannot have
   */
  apply(properties: readonly Property[], source: string): void {
    for (const property of properties) {
      const name = this.#nameOf(property.key);
      if (name === undefined) this.#keepUnknown(property, source);
      else this.#put(name, this.#read(name, property, source));
      this.#explicit.add(name ?? property.key);
    }
  }

  /** Whether a file, a flag or an update set the key, whatever to. */
  isSet(key: string): boolean {
    return this.#explicit.has(key);
  }

  /** `[key, text]` of all keys in the table's order but secrets, then those nobody knows. */
  entries(): [string, string][] {
    return this.#allEntries().filter(([name]) => !this.#keys.get(name)?.isSecret);
  }

  /** All keys, `key=value` a line, values as they are: the answer to GET_BROKER_CONFIG and GET_NAMESRV_CONFIG. */
  propertiesText(): string {
    return this.entries()
      .map(([key, value]) => `${key}=${value.replaceAll('\n', '\\n')}\n`)
      .join('');
  }

  /** The keys that start with `tls.`, as `tlsServerSettings` and `tlsClientSettings` of remoting take them. */
  tlsProperties(): Record<string, string | undefined> {
    return Object.fromEntries(this.#allEntries().filter(([key]) => key.startsWith('tls.')));
  }

  /**
   * Takes over what an administrator sent, all or nothing, and keeps it in the file.
   *
   * @throws {RocketMqError} CONFIG_PROTECTED for a key of the black list, CONFIG_INVALID for text that is
   *   none or a value that its key cannot have, CONFIG_NOT_KEPT when the file cannot be written: it is in force then
   */
  update(propertiesText: string): Promise<void> {
    const update = this.#lastUpdate.then(() => this.#update(propertiesText));
    this.#lastUpdate = update.catch(() => undefined);
    return update;
  }

  /** Called after each update with what it changed, before it is kept. */
  onChanged(listener: ConfigListener): void {
    this.#listeners.add(listener);
  }

  async #update(text: string): Promise<void> {
    const properties = parseProperties(text, 'update');
    if (properties.length > MAX_UPDATED_KEYS) {
      throw invalid(`an update of ${properties.length} keys, at most ${MAX_UPDATED_KEYS} fit`);
    }
    const protectedKeys = this.#protectedKeys();
    for (const { key } of properties) {
      if (protectedKeys.has(this.#nameOf(key) ?? key)) {
        throw new RocketMqError('Can not update config in black list.', {
          code: 'CONFIG_PROTECTED',
          details: { key },
        });
      }
    }
    const changes = this.#changesOf(properties);
    this.#takeOver(changes);
    for (const listener of this.#listeners) listener(changes.map(({ change }) => change));
    await this.#keep();
  }

  #changesOf(properties: readonly Property[]): readonly ReadChange[] {
    // All are read before one is taken over.
    return properties.map((property) => {
      const name = this.#nameOf(property.key);
      if (name === undefined) {
        const from = this.#unknown.get(property.key) ?? '';
        const change = { key: property.key, from, to: property.value, effect: 'never' as const };
        return { change, property, value: undefined };
      }
      const value = this.#read(name, property, 'update');
      const from = String(this.#configured.get(name));
      const { effect } = this.#key(name);
      return { change: { key: name, from, to: String(value), effect }, property, value };
    });
  }

  #takeOver(changes: readonly ReadChange[]): void {
    for (const { change, property, value } of changes) {
      if (value === undefined) {
        this.#keepUnknown(property, 'update');
        continue;
      }
      this.#configured.set(change.key, value);
      this.#explicit.add(change.key);
      if (change.effect === 'live') this.#inForce[change.key] = value;
    }
  }

  async #keep(): Promise<void> {
    if (this.#keptIn === undefined) return;
    try {
      await this.#files.replace(this.#keptIn, printProperties(this.#allEntries()));
    } catch (error) {
      throw new RocketMqError(`the configuration cannot be kept in ${this.#keptIn}`, {
        code: 'CONFIG_NOT_KEPT',
        cause: error,
      });
    }
  }

  #allEntries(): [string, string][] {
    const known = [...this.#configured]
      .filter(([name, value]) => value !== '' || !this.#keys.get(name)?.isOmittedWhenEmpty)
      .map(([name, value]): [string, string] => [name, String(value)]);
    return [...known, ...this.#unknown];
  }

  #put(name: string, value: ConfigValue): void {
    this.#configured.set(name, value);
    this.#inForce[name] = value;
  }

  #read(name: string, property: Property, source: string): ConfigValue {
    const key = this.#key(name);
    const value = key.read(property.value);
    if (value !== undefined) return value;
    const found = JSON.stringify(property.value);
    throw invalid(`${source}:${property.line}: ${name} is ${found}, expected ${key.expected}`);
  }

  #keepUnknown(property: Property, source: string): void {
    if (!this.#unknown.has(property.key)) {
      if (this.#unknown.size >= MAX_UNKNOWN_KEYS) {
        throw invalid(`more than ${MAX_UNKNOWN_KEYS} keys that nobody knows`);
      }
      const nearest = nearestName(property.key, [...this.#keys.keys(), ...this.#aliases.keys()]);
      const where = `${source}:${property.line}`;
      this.unknownKeys.push({ key: property.key, where, nearest });
    }
    this.#unknown.set(property.key, property.value);
  }

  #nameOf(key: string): string | undefined {
    return this.#keys.has(key) ? key : this.#aliases.get(key);
  }

  #key(name: string): ConfigKey {
    return required(this.#keys.get(name), 'the key is in the table');
  }

  #protectedKeys(): ReadonlySet<string> {
    const listed = this.#inForce['configBlackList'];
    const names = typeof listed === 'string' ? listed.split(';').map((name) => name.trim()) : [];
    return new Set([...ALWAYS_PROTECTED, ...names]);
  }
}

/**
 * Defaults, then the file, then the file that `tls.config.file` names, then flags.
 *
 * @throws {RocketMqError} CONFIG_INVALID, with file and line, or CONFIG_FILE_ABSENT
 */
export async function loadConfig<T extends ConfigTable>(
  table: T,
  options: LoadOptions = {},
): Promise<LiveConfig<T>> {
  const config = new LiveConfig(table, options);
  const files = options.files ?? diskConfigFiles;
  if (options.file !== undefined) {
    const text = await files.read(options.file);
    if (text === undefined) {
      throw new RocketMqError(`the configuration file ${options.file} is not there`, {
        code: 'CONFIG_FILE_ABSENT',
      });
    }
    config.apply(parseProperties(text, options.file), options.file);
  }
  await applyTlsFile(config, files);
  const flags = Object.entries(options.overrides ?? {});
  config.apply(
    flags.map(([key, value]) => ({ key, value, line: 1 })),
    'command line',
  );
  return config;
}

async function applyTlsFile(config: LiveConfig<ConfigTable>, files: ConfigFiles): Promise<void> {
  const path = config.tlsProperties()['tls.config.file'];
  const text = path === undefined ? undefined : await files.read(path);
  if (path === undefined || text === undefined) return;
  const properties = parseProperties(text, path).filter(({ key }) => key.startsWith('tls.'));
  config.apply(properties, path);
}

/** Warns of keys nobody knows, with the nearest known one. */
export function warnOfUnknownKeys(
  config: LiveConfig<ConfigTable>,
  log: Logger = silentLogger,
): void {
  for (const { key, where, nearest } of config.unknownKeys) {
    log.warn({ key, where, nearest }, 'unknown configuration key');
  }
}

/** Enough to see that it is the wrong file; the log has all. */
const MAX_PRINTED_UNKNOWN_KEYS = 10;

/** The same for who starts a service by hand: a line for each of the first, and how many more there are. */
export function unknownKeysText(keys: readonly UnknownKey[]): string {
  const lines = keys.slice(0, MAX_PRINTED_UNKNOWN_KEYS).map(({ key, where, nearest }) => {
    const hint = nearest === undefined ? '' : `, the nearest known one is ${nearest}`;
    return `${where}: unknown key ${JSON.stringify(key)}${hint}\n`;
  });
  const more = keys.length - lines.length;
  if (more > 0) lines.push(`${more} more unknown keys are in the log\n`);
  return lines.join('');
}

function invalid(message: string): RocketMqError {
  return new RocketMqError(message, { code: 'CONFIG_INVALID' });
}
