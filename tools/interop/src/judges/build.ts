import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import { runCommand } from '../peers/index.ts';

const BUILD_TIMEOUT_MS = 10 * 60_000;

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/** Files below a directory that end so, in a stable order. */
export async function filesBelow(
  directory: string,
  endings: readonly string[],
): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true });
  return names
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .toSorted()
    .map((name) => join(directory, name));
}

export interface BuildOptions {
  /** Where results are kept; one directory for each state of the sources. */
  readonly cacheDirectory: string;
  readonly sources: readonly string[];
  readonly cwd: string;
  /** The build's command line, given the directory that its result goes to. */
  readonly command: (output: string) => readonly string[];
}

/**
 * Runs a build unless its sources were built before.
 *
 * @returns the directory with the result
 * @throws {RocketMqError} `JUDGE_BUILD_FAILED` for errors in the sources, `PEER_UNAVAILABLE` when a tool or registry is missing
 */
export async function buildOnce(options: BuildOptions): Promise<string> {
  const output = join(options.cacheDirectory, `judge-${await hashOf(options.sources)}`);
  const isBuilt = await access(output).then(
    () => true,
    () => false,
  );
  if (isBuilt) return output;
  const work = `${output}.${process.pid}`;
  await mkdir(dirname(output), { recursive: true });
  await mkdir(work, { recursive: true });
  const command = options.command(work);
  const result = await runCommand(command, { cwd: options.cwd, timeoutMs: BUILD_TIMEOUT_MS });
  if (result.code !== 0) {
    await rm(work, { recursive: true, force: true });
    const isMissing = /ENOENT|dial tcp|no such host|proxy.*(refused|timeout)/u.test(result.stderr);
    throw new RocketMqError(`${command[0]}: ${result.stderr.trim().slice(0, 2_000)}`, {
      code: isMissing ? 'PEER_UNAVAILABLE' : 'JUDGE_BUILD_FAILED',
    });
  }
  await rename(work, output).catch(async () => {
    // Somebody else built the same in the meantime.
    await rm(work, { recursive: true, force: true });
  });
  return output;
}
