/** Topics, groups and offsets: what the database and Apache's JSON files hold must be readable. */
import { join } from 'node:path';
import { RocketMqError, toError } from '@orbitmq/kernel';
import { DATABASE_FILE, DatabaseView } from '@orbitmq/metadata';
import { parseFastJson, parseSubscriptionGroupConfig, parseTopicConfig } from '@orbitmq/protocol';
import { type Disk, readWholeFile } from '@orbitmq/runtime';
import type { FindingLog } from '../finding.ts';

export interface ConfigCheckOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly findings: FindingLog;
}

export async function checkConfig({
  disk,
  directory,
  findings,
}: ConfigCheckOptions): Promise<void> {
  const config = join(directory, 'config');
  const names = (await disk.list(config)).map(({ name }) => name);
  for (const name of names.filter((each) => each.endsWith('.json')).toSorted()) {
    const problem = await jsonProblem(disk, join(config, name));
    if (problem === undefined) continue;
    const backup = `${name}.bak`;
    const isSaved =
      names.includes(backup) && (await jsonProblem(disk, join(config, backup))) === undefined;
    const text = `${problem}${isSaved ? '; its .bak is whole and is used instead' : ''}`;
    if (isSaved) findings.note(`config/${name}`, 'config-json', text);
    else findings.damage(`config/${name}`, 'config-json', text);
  }
  if (names.includes(DATABASE_FILE)) await checkDatabase(join(config, DATABASE_FILE), findings);
}

async function jsonProblem(disk: Disk, path: string): Promise<string | undefined> {
  const content = await readWholeFile(disk, path);
  if (content === undefined || content.length === 0) return 'it is empty';
  try {
    parseFastJson(content.toString('utf8'));
    return undefined;
  } catch (error) {
    return toError(error).message;
  }
}

async function checkDatabase(path: string, findings: FindingLog): Promise<void> {
  const subject = `config/${DATABASE_FILE}`;
  try {
    await using view = await DatabaseView.open(path);
    const problems = view.problems();
    for (const problem of problems) findings.damage(subject, 'database', problem);
    if (problems.length > 0) return;
    for (const { table, nameOf } of NAMED_TABLES) {
      for (const row of view.rows(table)) {
        if (isNamed(row, nameOf)) continue;
        const text = `row ${row['name']} of table ${table} is no configuration of that name`;
        findings.damage(subject, 'database', text);
      }
    }
  } catch (error) {
    findings.damage(subject, 'database', toError(error).message);
  }
}

/** Tables whose rows say twice what they are about. */
const NAMED_TABLES = [
  { table: 'topic', nameOf: (config: Buffer) => parseTopicConfig(config).topicName },
  {
    table: 'subscription_group',
    nameOf: (config: Buffer) => parseSubscriptionGroupConfig(config).groupName,
  },
] as const;

function isNamed(
  row: Readonly<Record<string, string | number>>,
  nameOf: (config: Buffer) => string,
): boolean {
  try {
    return nameOf(Buffer.from(String(row['config']))) === row['name'];
  } catch (error) {
    // What is no configuration has no name.
    if (error instanceof RocketMqError) return false;
    throw error;
  }
}
