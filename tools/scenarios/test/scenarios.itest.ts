import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { fillDisk } from '../src/full-disk.ts';
import { killUnderLoad } from '../src/kills.ts';

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
});
