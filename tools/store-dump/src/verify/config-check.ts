/** Topics, groups and offsets: what the database and Apache's JSON files hold must be readable. */
import { join } from 'node:path';
import { toError } from '@orbitmq/kernel';
import { DATABASE_FILE, DatabaseView } from '@orbitmq/metadata';
import { parseFastJson } from '@orbitmq/protocol';
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
    for (const problem of view.problems()) findings.damage(subject, 'database', problem);
  } catch (error) {
    findings.damage(subject, 'database', toError(error).message);
  }
}
