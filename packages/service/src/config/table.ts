import { assert } from '@orbitmq/kernel';
import type { ComputedDefault, ConfigEnvironment, ConfigKey, ConfigValue } from './key.ts';

/** Keys of one of Apache's configuration classes, in its order. */
export type ConfigSection = Readonly<Record<string, ConfigKey>>;

/** All keys that one configuration file may set. Sections are printed one after the other. */
export interface ConfigTable<S extends Readonly<Record<string, ConfigSection>> = SomeSections> {
  /** `broker`, `namesrv` ...; the name of its document. */
  readonly name: string;
  readonly sections: S;
}

type SomeSections = Readonly<Record<string, ConfigSection>>;
type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (
  i: infer I,
) => void
  ? I
  : never;
type KeysOf<T> = T extends ConfigTable<infer S> ? UnionToIntersection<S[keyof S]> : never;

/** The typed values of a table: `{ listenPort: number, brokerName: string ... }`. */
export type ConfigValues<T extends ConfigTable> = {
  readonly [K in keyof KeysOf<T>]: KeysOf<T>[K] extends ConfigKey<infer V> ? V : never;
};

/** A table from its sections. A key that is in two of them (`writeBufferHighWaterMark`) is one setting. */
export function defineConfig<const S extends SomeSections>(
  name: string,
  sections: S,
): ConfigTable<S> {
  return { name, sections };
}

/** The keys of a table by their names, first section first. */
export function keysOf(table: ConfigTable): ReadonlyMap<string, ConfigKey> {
  const keys = new Map<string, ConfigKey>();
  for (const section of Object.values(table.sections)) {
    for (const [name, key] of Object.entries(section)) {
      if (!keys.has(name)) keys.set(name, key);
    }
  }
  return keys;
}

/** Old spellings and the keys they stand for. */
export function aliasesOf(table: ConfigTable): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, key] of keysOf(table)) {
    for (const alias of key.aliases) {
      assert(!names.has(alias), `one key for the spelling ${alias}`);
      names.set(alias, name);
    }
  }
  return names;
}

/** What a key is when nothing sets it. */
export function defaultOf(key: ConfigKey, environment: ConfigEnvironment): ConfigValue {
  return isComputed(key.default) ? key.default.of(environment) : key.default;
}

/** The default as documents show it. */
export function shownDefault(key: ConfigKey): string {
  return isComputed(key.default) ? key.default.shown : String(key.default);
}

function isComputed(value: ConfigKey['default']): value is ComputedDefault<ConfigValue> {
  return typeof value === 'object';
}
