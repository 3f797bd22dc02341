import { AdminError, type GroupProgress, totalDiff } from '@orbitmq/admin';
import { type ConsumerConnection, RETRY_TOPIC_PREFIX } from '@orbitmq/protocol';
import { front, left, timeText } from '../columns.ts';
import { type AdminCommand, type CommandContext, textOf } from '../command.ts';
import { versionText } from '../version-text.ts';

/** How far consumers are. Source: ConsumerProgressSubCommand.java. */
export const consumerProgress: AdminCommand = {
  name: 'consumerProgress',
  description: "Query consumers's progress, speed",
  options: [{ short: 'g', long: 'groupName', hasValue: true, description: 'consumer group name' }],

  async run(context, values) {
    const group = textOf(values, 'groupName');
    if (group === undefined) await printGroups(context);
    else printQueues(context, await context.groups.progress(group));
  },
};

function printQueues(context: CommandContext, progress: GroupProgress): void {
  const row = (...cells: readonly (string | number)[]): void => {
    const widths = [64, 32, 4, 20, 20, 20, 0];
    const columns = cells.map((cell, index) => left(cell, widths[index] as number));
    context.write(`${columns.join('  ')}\n`);
  };
  row('#Topic', '#Broker Name', '#QID', '#Broker Offset', '#Consumer Offset', '#Diff', '#LastTime');
  for (const [queue, { brokerOffset, consumerOffset, lastTimestamp }] of progress.offsets) {
    row(
      front(queue.topic, 64),
      front(queue.brokerName, 32),
      queue.queueId,
      brokerOffset,
      consumerOffset,
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
