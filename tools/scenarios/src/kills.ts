import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoadedBroker, type Ports } from './loaded-broker.ts';

/** Small files, so that kills meet the making of files. */
const SMALL_FILES = {
  mappedFileSizeCommitLog: '262144',
  mappedFileSizeConsumeQueue: '4000',
  maxMessageSize: '16384',
  flushConsumerOffsetInterval: '1000',
};
const WINDOW = 32;
const BODY_BYTES = 1_000;
const SHORTEST_LIFE_MS = 60;
const LONGEST_LIFE_MS = 500;

export interface KillOptions {
  readonly kills: number;
  readonly flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH';
  readonly ports: Ports;
  readonly print: (line: string) => void;
}

/**
 * Kills a broker under load again and again. After each restart everything that it ever acknowledged is
 * there, in its place.
 *
 * @returns how many messages it acknowledged
 * @throws {BrokenPromise} when one is not
 */
export async function killUnderLoad(options: KillOptions): Promise<number> {
  const { kills, flushDiskType, ports, print } = options;
  const directory = await mkdtemp(join(tmpdir(), 'orbitmq-kills-'));
  const broker = await LoadedBroker.start({
    ports,
    directory,
    storeDirectory: join(directory, 'store'),
    properties: { ...SMALL_FILES, flushDiskType },
    bodyBytes: BODY_BYTES,
  });
  const { ledger, sender } = broker;
  try {
    for (let kill = 1; kill <= kills; kill++) {
      sender.start(WINDOW);
      const lifeMs = SHORTEST_LIFE_MS + Math.random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS);
      await new Promise((resolve) => {
        setTimeout(resolve, lifeMs);
      });
      await broker.killAndStart();
      await sender.check();
      if (kill % 10 === 0 || kill === kills) {
        print(`${flushDiskType}: ${kill} kills, ${ledger.size} messages acknowledged, all there`);
      }
    }
  } catch (error) {
    // Whoever looks for the cause needs what the broker left.
    print(`${flushDiskType}: the store is kept in ${directory}`);
    throw error;
  } finally {
    await broker.close();
  }
  await rm(directory, { recursive: true });
  return ledger.size;
}
