import { AdminError, type GroupProgress, totalDiff } from '@orbitmq/admin';
import { type ConsumerConnection, type MessageQueue, RETRY_TOPIC_PREFIX } from '@orbitmq/protocol';
import { front, left, timeText } from '../columns.ts';
import { type AdminCommand, type CommandContext, isTrue, textOf } from '../command.ts';
import { versionText } from '../version-text.ts';

/** How far consumers are. Source: ConsumerProgressSubCommand.java. */
export const consumerProgress: AdminCommand = {
  name: 'consumerProgress',
  description: "Query consumers's progress, speed",
  options: [
    { short: 'g', long: 'groupName', hasValue: true, description: 'consumer group name' },
    {
      short: 's',
      long: 'showClientIP',
      hasValue: true,
      description: 'Show Client IP per Queue',
    },
  ],

  async run(context, values) {
    const group = textOf(values, 'groupName');
    if (group === undefined) {
      await printGroups(context);
      return;
    }
    const progress = await context.groups.progress(group);
    const owners = isTrue(values, 'showClientIP') ? await ownersOf(context, group) : undefined;
    printQueues(context, progress, owners);
  },
};

/** Addresses of the members that hold queues, by {@link queueText}. */
type Owners = ReadonlyMap<string, string>;

/** As the members say; one that does not answer holds nothing. */
async function ownersOf(context: CommandContext, consumerGroup: string): Promise<Owners> {
  const owners = new Map<string, string>();
  const connection = await orUndefined(context.groups.consumers(consumerGroup));
  for (const { clientId } of connection?.connectionSet ?? []) {
    const info = await orUndefined(context.groups.runningInfo({ consumerGroup, clientId }));
    for (const [queue] of info?.mqTable ?? []) {
      owners.set(queueText(queue), clientId.split('@')[0] ?? '');
    }
  }
  return owners;
}

function queueText({ topic, brokerName, queueId }: MessageQueue): string {
  return `${topic} ${brokerName} ${queueId}`;
}

function printQueues(
  context: CommandContext,
  progress: GroupProgress,
  owners: Owners | undefined,
): void {
  const row = (
    queue: readonly (string | number)[],
    ip: string,
    ...ends: readonly (string | number)[]
  ): void => {
    const widths = [64, 32, 4, 20, 20, 20, 0];
    const ipColumn = owners === undefined ? '' : `${left(ip, 20)} `;
    const [start, end] = [queue, ends].map((cells, half) => {
      const from = half * queue.length;
      return cells.map((cell, index) => left(cell, widths[from + index] as number)).join('  ');
    });
    context.write(`${start}  ${ipColumn}${end}\n`);
  };
  row(
    ['#Topic', '#Broker Name', '#QID', '#Broker Offset', '#Consumer Offset'],
    '#Client IP',
    '#Diff',
    '#LastTime',
  );
  for (const [queue, { brokerOffset, consumerOffset, lastTimestamp }] of progress.offsets) {
    const { topic, brokerName, queueId } = queue;
    row(
      [front(topic, 64), front(brokerName, 32), queueId, brokerOffset, consumerOffset],
      owners?.get(queueText(queue)) ?? 'N/A',
      brokerOffset - consumerOffset,
      lastTimestamp > 0 ? timeText(lastTimestamp) : 'N/A',
    );
  }
  context.write(
    `\nConsume TPS: ${progress.consumeTps.toFixed(2)}\nDiff Total: ${totalDiff(progress)}\n`,
  );
}

async function printGroups(context: CommandContext): Promise<void> {
  const row = (...cells: readonly (string | number)[]): void => {
    const widths = [64, 6, 24, 5, 14, 7, 0];
    const columns = cells.map((cell, index) => left(cell, widths[index] as number));
    context.write(`${columns.join('  ').replace(/^(.{98}) {2}/, '$1 ')}\n`);
  };
  row('#Group', '#Count', '#Version', '#Type', '#Model', '#TPS', '#Diff Total');
  for (const topic of await context.topics.list()) {
    if (!topic.startsWith(RETRY_TOPIC_PREFIX)) continue;
    const group = topic.slice(RETRY_TOPIC_PREFIX.length);
    const progress = await orUndefined(context.groups.progress(group));
    const connection = await orUndefined(context.groups.consumers(group));
    row(
      front(group, 64),
      connection?.connectionSet.length ?? 0,
      versionOf(connection),
      typeOf(connection),
      connection?.messageModel ?? '',
      Math.floor(progress?.consumeTps ?? 0),
      progress === undefined ? 0 : totalDiff(progress),
    );
  }
}

/** What a group does not have, because it is offline or never consumed, leaves its columns empty. */
async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AdminError) return undefined;
    throw error;
  }
}

function versionOf(connection: ConsumerConnection | undefined): string {
  const versions = connection?.connectionSet.map(({ version }) => version) ?? [];
  return versions.length === 0 ? 'OFFLINE' : versionText(Math.min(...versions));
}

function typeOf(connection: ConsumerConnection | undefined): string {
  if (connection?.consumeType === 'CONSUME_PASSIVELY') return 'PUSH';
  return connection?.consumeType === 'CONSUME_ACTIVELY' ? 'PULL' : '';
}
