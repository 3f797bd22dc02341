/** The broker as a process: what it is given, what it says, how it ends. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startBrokerProcess } from './broker-process.ts';

jest.setTimeout(60_000);

/** The threads that syncs and reads of old messages may take, beside the one that a write needs. */
const DISK_THREADS = 16;

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orbitmq-process-'));
});
afterEach(() => rm(home, { recursive: true }));

/** Infinite where there is no /proc to ask. */
async function threadsOf(pid: number): Promise<number> {
  if (!existsSync('/proc/self/task')) return Number.POSITIVE_INFINITY;
  return (await readdir(`/proc/${pid}/task`)).length;
}

describe('a broker process', () => {
  it('has threads enough that a write does not wait for reads and syncs, and stops when told', async () => {
    await using broker = await startBrokerProcess(home);
    expect(await threadsOf(broker.pid)).toBeGreaterThan(DISK_THREADS);
    expect(await broker.stop()).toBe(0);
  });

  it('refuses a configuration that is none in one line that names the file', async () => {
    const file = join(home, 'broker.conf');
    await writeFile(file, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x00]));
    for (const program of ['../bin/mqbroker.js', '../../namesrv/bin/mqnamesrv.js']) {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(import.meta.dirname, program), '-c', file],
        { encoding: 'utf8', env: { ...process.env, HOME: home } },
      );
      expect(status).not.toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        /^mq\w+: \S+broker\.conf is no configuration file: it has the byte 0x7f at 0, expected lines of key=value\n$/u,
      );
    }
  });
});
