/** Our broker and Apache's beside each other: same settings, alternating rounds, ratios of the medians. */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fetchPeer,
  freeBrokerPort,
  freePort,
  type Service,
  startApacheBroker,
  startApacheNamesrv,
  startOrbitBroker,
  startOrbitNamesrv,
} from '@orbitmq/interop/peers';
import { type Measured, measureSends, type SendRow } from './send-row.ts';

/** A row with what it has to reach. */
export interface ComparedRow extends SendRow {
  readonly minThroughputRatio: number;
}

export const ROWS: readonly ComparedRow[] = [
  row('send 128 B, 4 x 64', {
    bodyBytes: 128,
    connections: 4,
    window: 64,
    minThroughputRatio: 2.5,
  }),
  row('send 1 KiB, 16 x 8', {
    bodyBytes: 1024,
    connections: 16,
    window: 8,
    minThroughputRatio: 1.8,
  }),
  row('send 128 B, 4 x 64, SYNC_FLUSH', {
    bodyBytes: 128,
    connections: 4,
    window: 64,
    isSyncFlush: true,
    minThroughputRatio: 2.2,
  }),
];

function row(
  name: string,
  settings: Omit<ComparedRow, 'name' | 'isSyncFlush'> & { isSyncFlush?: boolean },
): ComparedRow {
  return { name, isSyncFlush: false, ...settings };
}

export interface Comparison {
  readonly row: ComparedRow;
  readonly ours: Measured;
  readonly theirs: Measured;
}

const WARM_UP = { warmUpMs: 0, measureMs: 12_000 };
const ROUND = { warmUpMs: 1_000, measureMs: 5_000 };

/** Both brokers run during the whole comparison, one under load at a time. */
export async function compareRow(
  compared: ComparedRow,
  version: string,
  rounds: number,
): Promise<Comparison> {
  const directory = join(tmpdir(), `orbitmq-bench-${process.pid}`);
  await fetchPeer(version);
  const started: Service[] = [];
  try {
    const flushDiskType = compared.isSyncFlush ? 'SYNC_FLUSH' : 'ASYNC_FLUSH';
    const properties = { flushDiskType, sendMessageThreadPoolNums: '4' };
    const ourNamesrv = await startOrbitNamesrv({
      port: await freePort(),
      directory: join(directory, 'a'),
    });
    started.push(ourNamesrv);
    const theirNamesrv = await startApacheNamesrv(version, {
      port: await freePort(),
      directory: join(directory, 'b'),
    });
    started.push(theirNamesrv);
    const ourPort = await freeBrokerPort();
    const ours = await startOrbitBroker({
      port: ourPort,
      namesrvAddress: ourNamesrv.address,
      directory: join(directory, 'c'),
      properties,
    });
    started.push(ours);
    const theirPort = await freeBrokerPort();
    const theirs = await startApacheBroker(version, {
      port: theirPort,
      namesrvAddress: theirNamesrv.address,
      directory: join(directory, 'd'),
      properties,
      heap: '2g',
    });
    started.push(theirs);
    const our = { port: ourPort, pid: ours.pid };
    const their = { port: theirPort, pid: theirs.pid };
    await measureSends(compared, their, WARM_UP);
    await measureSends(compared, our, ROUND);
    const results: { ours: Measured[]; theirs: Measured[] } = { ours: [], theirs: [] };
    for (let round = 0; round < rounds; round++) {
      results.theirs.push(await measureSends(compared, their, ROUND));
      results.ours.push(await measureSends(compared, our, ROUND));
    }
    return { row: compared, ours: median(results.ours), theirs: median(results.theirs) };
  } finally {
    for (const service of started.toReversed()) await service.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The round in the middle by throughput. */
export function median(rounds: readonly Measured[]): Measured {
  const sorted = rounds.toSorted((a, b) => a.perSecond - b.perSecond);
  return sorted[Math.floor(sorted.length / 2)] as Measured;
}

function line(name: string, measured: Measured): string {
  const { perSecond, cpuUsPerMessage, p50Ms, p99Ms, anonymousMib, failed } = measured;
  return (
    `  ${name.padEnd(8)} ${(perSecond / 1000).toFixed(1).padStart(7)} k/s  ` +
    `${cpuUsPerMessage.toFixed(1).padStart(6)} us CPU  p50 ${p50Ms.toFixed(2)} ms  ` +
    `p99 ${p99Ms.toFixed(2)} ms  ${anonymousMib.toFixed(0)} MiB  ${failed} failed\n`
  );
}

/** A row of the printed table. */
export function describeComparison({ row: compared, ours, theirs }: Comparison): string {
  const ratio = ours.perSecond / theirs.perSecond;
  const verdict = ratio >= compared.minThroughputRatio ? 'met' : 'not met';
  return (
    `${compared.name}: ${ratio.toFixed(2)} x, floor ${compared.minThroughputRatio} x ${verdict}; ` +
    `CPU ${(ours.cpuUsPerMessage / theirs.cpuUsPerMessage).toFixed(2)} x\n` +
    line('ours', ours) +
    line('apache', theirs)
  );
}
