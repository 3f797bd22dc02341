import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import { type Cluster, startCluster, type Target } from '../cluster.ts';
import { adminCommand, javaJudge } from '../judges/java.ts';
import { runJudge } from '../judges/judge.ts';
import { runCommand } from '../peers/index.ts';
import type { CustomRow, RowContext } from '../row.ts';
import { ADMIN_COMMANDS } from './mqadmin-commands.ts';
import { compareOutputs, splitOutputs } from './mqadmin-output.ts';

type ToolVersion = '4.9.7' | '5.5.0';

const ALL_COMMANDS_TIMEOUT_MS = 240_000;

/** The ids that `Prepare` reported of its first message. */
function fill(words: string, cluster: Cluster, facts: Readonly<Record<string, unknown>>): string {
  return words
    .replace('NAMESRV', cluster.namesrv.address)
    .replace('BROKER', cluster.broker.address)
    .replace('UNIQUE_ID', String(facts['uniqueId']))
    .replace('OFFSET_ID', String(facts['offsetId']))
    .replace('QUEUE_ID', String(facts['queueId']));
}

/** Runs all commands of one version's mqadmin against one cluster. */
async function runCommands(
  version: ToolVersion,
  target: Target,
  directory: string,
): Promise<readonly string[]> {
  const cluster = await startCluster(target, directory);
  try {
    const judge = await javaJudge(version, () => {});
    const prepared = await runJudge(judge, {
      scenario: 'prepare',
      cluster,
      parameters: {},
      directory: join(directory, 'prepare'),
      timeoutMs: 90_000,
    });
    if (!prepared.isOk) {
      throw new RocketMqError(`preparing ${target}: ${prepared.reason}\n${prepared.log}`, {
        code: 'ROW_FAILED',
      });
    }
    const home = join(directory, 'tools');
    await mkdir(home, { recursive: true });
    const lines = ADMIN_COMMANDS.map(({ words }) =>
      fill(words, cluster, prepared.facts).replaceAll(' ', '\t'),
    );
    const file = join(home, 'commands.txt');
    await writeFile(file, `${lines.join('\n')}\n`);
    const command = await adminCommand(version, home, file);
    const result = await runCommand(command, { cwd: home, timeoutMs: ALL_COMMANDS_TIMEOUT_MS });
    await writeFile(join(home, 'commands.out'), result.stdout + result.stderr);
    return splitOutputs(result.stdout);
  } finally {
    await cluster.close();
  }
}

/** Compares what one version's mqadmin prints about two clusters. */
export async function compareAdmin(
  version: ToolVersion,
  targets: { readonly reference: Target; readonly subject: Target },
  { directory, note }: Pick<RowContext, 'directory' | 'note'>,
): Promise<string> {
  const expected = await runCommands(version, targets.reference, join(directory, 'reference'));
  const actual = await runCommands(version, targets.subject, join(directory, 'subject'));
  const differing: string[] = [];
  for (const [index, command] of ADMIN_COMMANDS.entries()) {
    const difference = compareOutputs(command, expected[index] ?? '', actual[index] ?? '');
    if (difference.length === 0) continue;
    differing.push(command.words.replace(' -n NAMESRV', ''));
    note(`${command.words}\n${difference.join('\n')}`);
  }
  if (differing.length === 0) return `${ADMIN_COMMANDS.length} commands`;
  const of = `${differing.length} of ${ADMIN_COMMANDS.length}`;
  throw new RocketMqError(`${of} commands print otherwise: ${differing.join('; ')}`, {
    code: 'ROW_FAILED',
  });
}

/** The official mqadmin prints the same about our cluster as about Apache's. */
export const mqadminRow: CustomRow = {
  kind: 'custom',
  name: 'mqadmin',
  promise: 'official mqadmin commands print the same about our cluster as about an official one',
  variants: ['4.9.7', '5.5.0'],
  quickVariants: [],
  run(variant, context) {
    const version = variant as ToolVersion;
    const targets = { reference: `apache-${version}`, subject: 'orbit' } as const;
    return compareAdmin(version, targets, context);
  },
};
