import type {
  AdminCalls,
  BrokerAdmin,
  ClusterAdmin,
  GroupAdmin,
  NameServerAdmin,
  TopicAdmin,
} from '@orbitmq/admin';
import type { Credentials } from '@orbitmq/auth';
import { RocketMqError } from '@orbitmq/kernel';

/** An option of a command, as commons-cli has it. */
export interface CommandOption {
  readonly short: string;
  readonly long: string;
  readonly hasValue: boolean;
  readonly isRequired?: boolean;
  readonly description: string;
}

/** Values of the options that were given, by their long names. */
export type OptionValues = Readonly<Record<string, string | true | undefined>>;

/** What commands work with. */
export interface CommandContext {
  readonly calls: AdminCalls;
  readonly topics: TopicAdmin;
  readonly groups: GroupAdmin;
  readonly brokers: BrokerAdmin;
  readonly clusters: ClusterAdmin;
  readonly nameServers: NameServerAdmin;
  readonly nameServerAddresses: readonly string[];
  /** For producers and consumers of a command's own; what `calls` ask is signed already. */
  readonly credentials: Credentials | undefined;
  /** Standard output; text goes out as it is, newlines included. */
  write(text: string): void;
}

/** One command of mqadmin. */
export interface AdminCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly options: readonly CommandOption[];
  /** Options of which exactly one has to be given, by their short names. */
  readonly oneOf?: readonly string[];
  run(context: CommandContext, values: OptionValues): Promise<void>;
}

/** The text of an option, trimmed; undefined when it was not given. */
export function textOf(values: OptionValues, long: string): string | undefined {
  const value = values[long];
  return typeof value === 'string' ? value.trim() : undefined;
}

/** @throws {RocketMqError} OPTION_INVALID when the text is no integer */
export function integerOf(values: OptionValues, long: string, absent: number): number {
  const text = textOf(values, long);
  if (text === undefined) return absent;
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw new RocketMqError(`--${long} is ${JSON.stringify(text)}, expected an integer`, {
    code: 'OPTION_INVALID',
  });
}

/** An option whose text is `true` in any case; anything else is false, as for Java. */
export function isTrue(values: OptionValues, long: string): boolean {
  return textOf(values, long)?.toLowerCase() === 'true';
}
