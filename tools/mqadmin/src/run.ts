/** From arguments to a command, its usage, or an error. Source: MQAdminStartup.java. */
import {
  AdminCalls,
  AdminError,
  BrokerAdmin,
  ClientCode,
  ClusterAdmin,
  GroupAdmin,
  NameServerAdmin,
  TopicAdmin,
} from '@orbitmq/admin';
import { type Credentials, signRequests } from '@orbitmq/auth';
import { toError } from '@orbitmq/kernel';
import { RemotingClient } from '@orbitmq/remoting';
import { nodeDisk } from '@orbitmq/runtime';
import { Command, CommanderError } from 'commander';
import type { AdminCommand, CommandContext, OptionValues } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { readCredentials } from './credentials.ts';
import { optionsOf, usageText } from './usage.ts';

export interface AdminHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  writeOut(text: string): void;
  writeError(text: string): void;
}

const EXIT_OK = 0;
const EXIT_USAGE = 1;
const FAQ = 'http://rocketmq.apache.org/docs/faq/';

/** @returns the exit code: 1 only for options that cannot be read, as Apache's tool has it */
export async function runAdmin(args: readonly string[], host: AdminHost): Promise<number> {
  const [name, second] = args;
  if (name === undefined) {
    host.writeOut(listText());
    return EXIT_OK;
  }
  if (name === 'help') {
    const command = second === undefined ? undefined : find(second);
    host.writeOut(command === undefined ? missing(second ?? name) : usageText(command));
    return EXIT_OK;
  }
  const command = find(name);
  if (command === undefined) {
    host.writeOut(missing(name));
    return EXIT_OK;
  }
  const parsed = parse(command, args.slice(1));
  if (parsed.kind === 'unreadable') {
    host.writeError(`mqadmin ${command.name}: ${parsed.reason}\n`);
    host.writeOut(usageText(command));
    return EXIT_USAGE;
  }
  if (parsed.values['help'] === true) {
    host.writeOut(usageText(command));
    return EXIT_OK;
  }
  await execute(command, parsed.values, host);
  return EXIT_OK;
}

function find(name: string): AdminCommand | undefined {
  const wanted = name.toLowerCase();
  return COMMANDS.find((command) =>
    [command.name, ...(command.aliases ?? [])].some((each) => each.toLowerCase() === wanted),
  );
}

function missing(name: string): string {
  return `The sub command ${name} not exist.\n`;
}

function listText(): string {
  const lines = COMMANDS.map(({ name, description }) => `   ${name.padEnd(20)} ${description}\n`);
  return `The most commonly used mqadmin commands are:\n${lines.join('')}\nSee 'mqadmin help <command>' for more information on a specific command.\n`;
}

type Parsed =
  | { readonly kind: 'options'; readonly values: OptionValues }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Apache's tool prints the usage alone; the reason is ours, on standard error. */
function parse(command: AdminCommand, args: readonly string[]): Parsed {
  const parser = new Command(command.name).exitOverride().helpOption(false);
  parser.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  parser.allowExcessArguments(true);
  const options = optionsOf(command);
  for (const { short, long, hasValue, isRequired } of options) {
    const flags = `-${short}, --${long}${hasValue ? ' <arg>' : ''}`;
    if (isRequired === true) parser.requiredOption(flags);
    else parser.option(flags);
  }
  try {
    parser.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'unreadable', reason: error.message.replace(/^error: /u, '') };
  }
  const values = parser.opts<Record<string, string | true | undefined>>();
  const group = command.oneOf ?? [];
  const given = options.filter(
    ({ short, long }) => group.includes(short) && values[long] !== undefined,
  );
  if (group.length > 0 && given.length === 0) {
    const names = group.map((short) => `-${short}`).join(' or ');
    return { kind: 'unreadable', reason: `${names} is missing` };
  }
  return { kind: 'options', values };
}

async function execute(
  command: AdminCommand,
  values: OptionValues,
  host: AdminHost,
): Promise<void> {
  let credentials: Credentials | undefined;
  try {
    credentials = await readCredentials(host.environment['ROCKETMQ_HOME'], nodeDisk);
  } catch (error) {
    host.writeError(failureText(command, error));
    return;
  }
  const hooks = credentials === undefined ? [] : [signRequests(credentials)];
  const remoting = new RemotingClient({ hooks });
  const addresses = nameServersOf(values, host);
  const calls = new AdminCalls({ remoting, nameServers: addresses });
  const context: CommandContext = {
    calls,
    topics: new TopicAdmin(calls),
    groups: new GroupAdmin(calls),
    brokers: new BrokerAdmin(calls),
    clusters: new ClusterAdmin(calls),
    nameServers: new NameServerAdmin(calls),
    nameServerAddresses: addresses,
    credentials,
    write: (text) => host.writeOut(text),
  };
  try {
    await command.run(context, values);
  } catch (error) {
    host.writeError(failureText(command, error));
  } finally {
    await remoting.close();
  }
}

function nameServersOf(values: OptionValues, host: AdminHost): readonly string[] {
  const given = values['namesrvAddr'];
  const text = typeof given === 'string' ? given : (host.environment['NAMESRV_ADDR'] ?? '');
  return text
    .split(';')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}

/** The lines that scripts look for; Java's frames are left out. */
function failureText(command: AdminCommand, error: unknown): string {
  const title = `${command.name.charAt(0).toUpperCase()}${command.name.slice(1)}SubCommand command failed`;
  return `org.apache.rocketmq.tools.command.SubCommandException: ${title}\nCaused by: ${causeText(error)}\n`;
}

function causeText(error: unknown): string {
  if (!(error instanceof AdminError)) return toError(error).message;
  const { responseCode, description, address } = error;
  if (address !== undefined) {
    return (
      'org.apache.rocketmq.client.exception.MQBrokerException: ' +
      `CODE: ${responseCode}  DESC: ${description} BROKER: ${address}\nFor more information, please visit the url, ${FAQ}`
    );
  }
  const exception = 'org.apache.rocketmq.client.exception.MQClientException';
  // The name server's own remark ends in the link already.
  const text = description.split('\nSee ')[0];
  const link =
    responseCode === ClientCode.routeMissing
      ? `See ${FAQ} for further details.`
      : `For more information, please visit the url, ${FAQ}`;
  return `${exception}: CODE: ${responseCode}  DESC: ${text}\n${link}`;
}
