import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOrbitBroker, startOrbitNamesrv } from '@orbitmq/interop/peers';
import { Ledger } from './ledger.ts';
import { Sender } from './sender.ts';

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
  readonly ports: { readonly namesrv: number; readonly broker: number };
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
  const namesrv = await startOrbitNamesrv({
    port: ports.namesrv,
    directory: join(directory, 'namesrv'),
  });
  const start = (): ReturnType<typeof startOrbitBroker> =>
    startOrbitBroker({
      port: ports.broker,
      namesrvAddress: namesrv.address,
      directory: join(directory, 'broker'),
      properties: {
        ...SMALL_FILES,
        flushDiskType,
        storePathRootDir: join(directory, 'store'),
        storePathCommitLog: join(directory, 'store/commitlog'),
      },
    });
  const ledger = new Ledger();
  let broker = await start();
  const sender = new Sender(broker.address, ledger, BODY_BYTES);
  try {
    for (let kill = 1; kill <= kills; kill++) {
      sender.start(WINDOW);
      const lifeMs = SHORTEST_LIFE_MS + Math.random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS);
      await new Promise((resolve) => {
        setTimeout(resolve, lifeMs);
      });
      await broker.stop('kill');
      await sender.stop();
      broker = await start();
      await sender.check();
      if (kill % 10 === 0 || kill === kills) {
        print(`${flushDiskType}: ${kill} kills, ${ledger.size} messages acknowledged, all there`);
      }
    }
    return ledger.size;
  } finally {
    await sender.close();
    await broker.stop('kill');
    await namesrv.stop('kill');
    await rm(directory, { recursive: true });
  }
}
