import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResponseCode } from '@orbitmq/protocol';
import { BrokenPromise } from './ledger.ts';
import { LoadedBroker, type Ports } from './loaded-broker.ts';
import type { Sender } from './sender.ts';

const DISK_BYTES = 24 * 1024 * 1024;
const BALLAST_BYTES = 12 * 1024 * 1024;
const BODY_BYTES = 8_000;
const PROPERTIES = {
  flushDiskType: 'SYNC_FLUSH',
  mappedFileSizeCommitLog: '1048576',
  mappedFileSizeConsumeQueue: '20000',
  maxHashSlotNum: '1000',
  maxIndexNum: '4000',
  maxMessageSize: '65536',
  // Or the oldest messages would make room for the newest.
  cleanFileForciblyEnable: 'false',
};
const WINDOW = 8;
const FULL_WITHIN_MS = 30_000;
const WELL_WITHIN_MS = 20_000;
const POLL_MS = 200;

export interface FullDiskOptions {
  readonly ports: Ports;
  readonly print: (line: string) => void;
}

/**
 * Fills the disk of a broker: it refuses messages by their code, goes on to serve reads, and takes messages
 * again when there is room, without a restart. After a SIGKILL nothing that it acknowledged is missing.
 *
 * @returns what was seen; undefined when this process may not mount a small disk
 */
export async function fillDisk({ ports, print }: FullDiskOptions): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'orbitmq-full-'));
  const disk = join(directory, 'disk');
  try {
    execFileSync('mkdir', ['-p', disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk], {
      stdio: 'ignore',
    });
  } catch {
    await rm(directory, { recursive: true });
    print('full disk: skipped, this process may not mount a tmpfs');
    return undefined;
  }
  try {
    return await run({ ports, print }, directory, disk);
  } finally {
    execFileSync('umount', [disk]);
    await rm(directory, { recursive: true });
  }
}

async function run(
  { ports, print }: FullDiskOptions,
  directory: string,
  disk: string,
): Promise<string> {
  await writeFile(join(disk, 'ballast'), Buffer.alloc(BALLAST_BYTES, 1));
  const broker = await LoadedBroker.start({
    ports,
    directory,
    storeDirectory: join(disk, 'store'),
    properties: PROPERTIES,
    bodyBytes: BODY_BYTES,
  });
  const { ledger, sender } = broker;
  try {
    sender.start(WINDOW);
    await until(FULL_WITHIN_MS, 'the disk did not fill', async () => refused(sender) > WINDOW);
    await sender.stop();
    const code = await sender.send();
    if (code !== ResponseCode.SERVICE_NOT_AVAILABLE) {
      throw new BrokenPromise(`a full disk is answered with ${code}`);
    }
    print(`full disk: ${ledger.size} messages acknowledged, then refused with ${code}`);
    await sender.check();
    const joined = await sender.join('NewGroup');
    if (joined !== ResponseCode.SUCCESS) {
      throw new BrokenPromise(`a new consumer of a full disk's broker is answered with ${joined}`);
    }
    await rm(join(disk, 'ballast'));
    await until(WELL_WITHIN_MS, 'no message is taken though there is room', async () => {
      return (await sender.send()) === ResponseCode.SUCCESS;
    });
    await broker.killAndStart();
    await sender.check();
    return `${ledger.size} messages, refused when full, taken again when there was room, all there after a kill`;
  } finally {
    await broker.close();
  }
}

function refused(sender: Sender): number {
  return sender.answers.get(ResponseCode.SERVICE_NOT_AVAILABLE) ?? 0;
}

async function until(ms: number, otherwise: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new BrokenPromise(otherwise);
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}
