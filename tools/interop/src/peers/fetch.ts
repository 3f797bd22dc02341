import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import { runCommand } from './child.ts';

/** Maven may have to load some 150 jars over a slow line; a line that is dead must not cost a CI run its time. */
const FETCH_TIMEOUT_MS = 8 * 60_000;
const MARKER = 'complete';

/** A version's jars on this machine. */
export interface Peer {
  readonly version: string;
  /** Directory of the jars of name server, broker, tools and client with all they need. */
  readonly lib: string;
  /** The jars as a Java class path. */
  readonly classPath: string;
}

/** Where fetched peers and compiled judges are kept between runs. */
export function peersDirectory(): string {
  return process.env['ORBITMQ_PEERS'] ?? join(homedir(), '.cache', 'orbitmq', 'peers');
}

/** What is fetched: `rocketmq-example`, the official benchmark, is published for 5.5.0 alone. */
function artifactsOf(version: string): readonly string[] {
  const always = ['namesrv', 'broker', 'tools', 'client'];
  return version.startsWith('5.') ? [...always, 'example'] : always;
}

function pomOf(version: string): string {
  const dependencies = artifactsOf(version).map(
    (name) =>
      `    <dependency><groupId>org.apache.rocketmq</groupId><artifactId>rocketmq-${name}</artifactId><version>${version}</version></dependency>`,
  );
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>orbitmq</groupId><artifactId>peer</artifactId><version>1</version>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n');
}

async function isComplete(directory: string): Promise<boolean> {
  const marker = await readFile(join(directory, MARKER), 'utf8').catch(() => undefined);
  if (marker === undefined) return false;
  const jars = new Set(await readdir(join(directory, 'lib')).catch(() => []));
  return marker
    .trim()
    .split('\n')
    .every((jar) => jars.has(jar));
}

/**
 * Brings an Apache version's servers, tools and client through Maven; does nothing when they are here.
 * Two processes may fetch at the same time: each works in a directory of its own, the last rename wins.
 *
 * @throws {RocketMqError} `PEER_UNAVAILABLE` when Maven is missing or the registry does not answer
 */
export function fetchPeer(
  version: string,
  progress: (line: string) => void = () => {},
): Promise<Peer> {
  const fetching = fetches.get(version) ?? fetchOnce(version, progress);
  fetches.set(version, fetching);
  return fetching;
}

/** One attempt a process: what could not be had is not waited for again, row by row. */
const fetches = new Map<string, Promise<Peer>>();

async function fetchOnce(version: string, progress: (line: string) => void): Promise<Peer> {
  const home = join(peersDirectory(), `apache-${version}`);
  const lib = join(home, 'lib');
  const peer: Peer = { version, lib, classPath: join(lib, '*') };
  if (await isComplete(home)) return peer;
  const work = `${home}.${process.pid}`;
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'pom.xml'), pomOf(version));
  progress(`fetching Apache RocketMQ ${version} through Maven into ${home}`);
  const maven = ['mvn', '-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'];
  const result = await runCommand(maven, { cwd: work, timeoutMs: FETCH_TIMEOUT_MS });
  if (result.code !== 0) {
    await rm(work, { recursive: true, force: true });
    const reason = `${result.stdout}\n${result.stderr}`
      .split('\n')
      .find((line) => /\S/u.test(line));
    throw new RocketMqError(
      `Apache RocketMQ ${version} cannot be fetched: ${reason ?? 'mvn failed silently'}`,
      { code: 'PEER_UNAVAILABLE', isRetryable: true },
    );
  }
  const jars = await readdir(join(work, 'lib'));
  await writeFile(join(work, MARKER), `${jars.join('\n')}\n`);
  await rm(home, { recursive: true, force: true });
  await rename(work, home);
  progress(`fetched Apache RocketMQ ${version}: ${jars.length} jars`);
  return peer;
}
