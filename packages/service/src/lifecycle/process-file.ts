/**
 * Files that say which services of this user run, for mqshutdown: `<home>/.orbitmq/run/<service>.<pid>`,
 * one line, the process's start time. A file that a killed process left names a pid that is gone or, by
 * its start time, somebody else's.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '@orbitmq/kernel';

/** Notes that this process is a service. @returns what takes the note back */
export async function noteProcess(
  homeDirectory: string,
  service: string,
  pid = process.pid,
): Promise<() => Promise<void>> {
  const directory = runDirectory(homeDirectory);
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${service}.${pid}`);
  await writeFile(path, await startTime(pid));
  return () => rm(path, { force: true });
}

/** The pids of a service's processes that run now. Leftover files are removed. */
export async function notedProcesses(homeDirectory: string, service: string): Promise<number[]> {
  const directory = runDirectory(homeDirectory);
  const running: number[] = [];
  for (const name of await namesIn(directory)) {
    if (!name.startsWith(`${service}.`)) continue;
    const pid = Number(name.slice(service.length + 1));
    if (!Number.isInteger(pid) || pid <= 0) continue;
    const path = join(directory, name);
    const noted = await textOf(path);
    if (isAlive(pid) && (await startTime(pid)) === noted) running.push(pid);
    else await rm(path, { force: true });
  }
  return running.toSorted((a, b) => a - b);
}

function runDirectory(homeDirectory: string): string {
  return join(homeDirectory, '.orbitmq', 'run');
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Field 22 of `/proc/<pid>/stat`, ticks since boot; empty where there is no such file (not Linux). */
async function startTime(pid: number): Promise<string> {
  const stat = await textOf(`/proc/${pid}/stat`);
  // The second field is the command in parentheses and may hold blanks.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
