/** What a default may depend on: the machine and the environment of the process. */
export interface ConfigEnvironment {
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The user's home directory, Java's `user.home`. */
  readonly homeDirectory: string;
  readonly hostName: string;
  /** The address other machines reach this one under. */
  readonly localAddress: string;
  readonly processors: number;
}

/** `live`: an update takes effect at once; `start`: at the next start; `never`: accepted, kept, printed, without effect. */
export type KeyEffect = 'live' | 'start' | 'never';

/** A default that depends on the environment, and how documents show it. */
export interface ComputedDefault<T> {
  readonly shown: string;
  readonly of: (environment: ConfigEnvironment) => T;
}

export interface KeyOptions {
  /** When a changed value takes effect; `never` when absent. */
  readonly effect?: KeyEffect;
  /** Whether `-m` prints it. */
  readonly isImportant?: boolean;
  /** Older spellings, still read. */
  readonly aliases?: readonly string[];
  /** Unit of a number: `bytes`, `ms`, `hours`, `%` ... */
  readonly unit?: string;
  /** Kept in the file, never printed nor sent. */
  readonly isSecret?: boolean;
}

export interface NumberOptions extends KeyOptions {
  readonly min?: number;
  readonly max?: number;
}

/** One configuration key: how its text is read, what it is when absent, and what it means. */
export interface ConfigKey<T extends ConfigValue = ConfigValue> extends KeyOptions {
  readonly type: 'int' | 'long' | 'double' | 'boolean' | 'text' | 'choice';
  readonly default: T | ComputedDefault<T>;
  readonly meaning: string;
  readonly effect: KeyEffect;
  readonly isImportant: boolean;
  readonly aliases: readonly string[];
  readonly isSecret: boolean;
  /** A text that is left out of listings while it is empty: Apache's `null`. */
  readonly isOmittedWhenEmpty: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** The value of a text; undefined when it is none. */
  readonly read: (text: string) => T | undefined;
  /** What {@link read} accepts, for error messages: "an integer from 0 to 65535". */
  readonly expected: string;
}

export type ConfigValue = string | number | boolean;

const INT_MIN = -2_147_483_648;
const INT_MAX = 2_147_483_647;

/** A Java `int`. */
export function intKey(
  fallback: number | ComputedDefault<number>,
  meaning: string,
  options: NumberOptions = {},
): ConfigKey<number> {
  return wholeNumberKey('int', fallback, meaning, { min: INT_MIN, max: INT_MAX, ...options });
}

/** A Java `long`, as a number: exact up to 2^53. */
export function longKey(
  fallback: number | ComputedDefault<number>,
  meaning: string,
  options: NumberOptions = {},
): ConfigKey<number> {
  return wholeNumberKey('long', fallback, meaning, {
    min: Number.MIN_SAFE_INTEGER,
    max: Number.MAX_SAFE_INTEGER,
    ...options,
  });
}

export function doubleKey(
  fallback: number,
  meaning: string,
  options: KeyOptions = {},
): ConfigKey<number> {
  return {
    ...common(fallback, meaning, options),
    type: 'double',
    expected: 'a number',
    read: (text) => {
      const value = Number(text.trim());
      return text.trim() !== '' && Number.isFinite(value) ? value : undefined;
    },
  };
}

/** Java's `Boolean.parseBoolean` takes anything for false; here only the two words are accepted. */
export function boolKey(
  fallback: boolean,
  meaning: string,
  options: KeyOptions = {},
): ConfigKey<boolean> {
  return {
    ...common(fallback, meaning, options),
    type: 'boolean',
    expected: 'true or false',
    read: (text) => {
      const word = text.trim().toLowerCase();
      if (word === 'true') return true;
      return word === 'false' ? false : undefined;
    },
  };
}

export function textKey(
  fallback: string | ComputedDefault<string>,
  meaning: string,
  options: KeyOptions = {},
): ConfigKey<string> {
  return {
    ...common(fallback, meaning, options),
    type: 'text',
    expected: 'text',
    read: (text) => text,
  };
}

/** A text that Apache has as `null` until it is set: empty here, and not listed while it is. */
export function optionalTextKey(
  meaning: string,
  options: KeyOptions & { readonly from?: ComputedDefault<string> } = {},
): ConfigKey<string> {
  const { from = '', ...rest } = options;
  return { ...textKey(from, meaning, rest), isOmittedWhenEmpty: true };
}

export function choiceKey<const C extends string>(
  choices: readonly C[],
  fallback: C,
  meaning: string,
  options: KeyOptions = {},
): ConfigKey<C> {
  return {
    ...common(fallback, meaning, options),
    type: 'choice',
    choices,
    expected: `one of ${choices.join(', ')}`,
    read: (text) => choices.find((choice) => choice === text.trim()),
  };
}

function wholeNumberKey(
  type: 'int' | 'long',
  fallback: number | ComputedDefault<number>,
  meaning: string,
  options: NumberOptions & { readonly min: number; readonly max: number },
): ConfigKey<number> {
  const { min, max } = options;
  return {
    ...common(fallback, meaning, options),
    type,
    min,
    max,
    expected: `an integer ${rangeText(min, max)}`,
    read: (text) => {
      if (!/^[+-]?\d+$/.test(text.trim())) return undefined;
      const value = Number(text.trim());
      return value >= min && value <= max ? value : undefined;
    },
  };
}

function rangeText(min: number, max: number): string {
  return max >= INT_MAX ? `of at least ${min}` : `from ${min} to ${max}`;
}

function common<T extends ConfigValue>(
  fallback: T | ComputedDefault<T>,
  meaning: string,
  options: KeyOptions,
) {
  return {
    default: fallback,
    meaning,
    effect: options.effect ?? 'never',
    isImportant: options.isImportant ?? false,
    aliases: options.aliases ?? [],
    isSecret: options.isSecret ?? false,
    isOmittedWhenEmpty: false,
    ...(options.unit === undefined ? {} : { unit: options.unit }),
  } as const;
}
