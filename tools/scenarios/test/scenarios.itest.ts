import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { fillDisk } from '../src/full-disk.ts';
import { killUnderLoad } from '../src/kills.ts';
import { measureRecovery } from '../src/recovery.ts';

const TIMEOUT_MS = 180_000;
const KILLS = 3;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function ports(): Promise<{ namesrv: number; broker: number }> {
  return { namesrv: await freePort(), broker: await freePort() };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

describe('a broker process', () => {
  it.each(['SYNC_FLUSH', 'ASYNC_FLUSH'] as const)(
    'has everything that it acknowledged after each SIGKILL under load, with %s',
    async (flushDiskType) => {
      const options = { kills: KILLS, flushDiskType, ports: await ports(), print };
      expect(await killUnderLoad(options)).toBeGreaterThan(100);
    },
    TIMEOUT_MS,
  );

  it(
    'refuses messages when its disk is full, serves those it has, and takes more when there is room',
    async () => {
      const outcome = await fillDisk({ ports: await ports(), print });
      // Where mounting is not permitted there is nothing to judge; the line above says so.
      expect(outcome ?? 'taken again').toMatch(/taken again/);
    },
    TIMEOUT_MS,
  );

  it(
    'reads nothing again after a stop, and after a SIGKILL what was written since the checkpoint; nothing acknowledged is missing',
    async () => {
      const options = { gib: 0.1, queues: 50, ports: await ports(), print };
      const { killed, clean } = await measureRecovery(options);
      expect([killed.length, clean.length]).toEqual([2, 2]);
      for (const { recovered } of clean) expect(recovered['scannedBytes']).toBe(0);
      const stoppedAt = clean[0]?.recovered['endOffset'] ?? 0;
      expect(stoppedAt).toBeGreaterThan(options.gib * 1024 ** 3);
      expect(killed[1]?.recovered['start']).toBeGreaterThanOrEqual(stoppedAt);
    },
    TIMEOUT_MS,
  );
});
