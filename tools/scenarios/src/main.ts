import { stopOnSignals } from '@orbitmq/interop/peers';
import { badUsage, runToolProcess, wholeNumberFlag } from '@orbitmq/service';
import { fillDisk } from './full-disk.ts';
import { killUnderLoad } from './kills.ts';
import { measureRecovery, type Start } from './recovery.ts';

const USAGE = `usage: npm run scenarios -- kills [--times 100] [--port 22100]
       npm run scenarios -- full-disk [--port 22100]
       npm run scenarios -- recovery [--gib 10] [--queues 0] [--port 22100]

kills      kills a broker under load so many times with SYNC_FLUSH and so many with ASYNC_FLUSH, and checks each
           time that everything it acknowledged is served
full-disk  fills the disk of a broker, a small tmpfs: takes the right to mount
recovery   fills a store of --gib GiB and --queues further queues, kills the broker under load and stops it, and prints how soon
           it is ready again; where that is permitted also with an empty page cache. Exit status 1 when that is too late

Uses --port and the 40 ports above it.
`;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** From the start of the process to the first message that is accepted. */
const KILLED_FLOOR_MS = 3_000;
const CLEAN_FLOOR_MS = 1_000;

function isInTime(what: string, starts: readonly Start[], floorMs: number): boolean {
  const slowestMs = Math.max(...starts.map(({ readyMs }) => readyMs));
  const isSo = slowestMs <= floorMs;
  print(`ready ${slowestMs} ms after ${what}: ${isSo ? 'within' : 'not within'} ${floorMs} ms`);
  return isSo;
}

stopOnSignals();
await runToolProcess({
  name: 'scenarios',
  usage: USAGE,
  flags: {
    times: { type: 'string', default: '100' },
    gib: { type: 'string', default: '10' },
    queues: { type: 'string', default: '0' },
    port: { type: 'string', default: '22100' },
  },
  mostPositionals: 1,
  run: async (values, [scenario]) => {
    const times = wholeNumberFlag('times', values.times, 1);
    const port = wholeNumberFlag('port', values.port, 1);
    const ports = { namesrv: port, broker: port + 20 };
    if (scenario === 'kills') {
      for (const flushDiskType of ['SYNC_FLUSH', 'ASYNC_FLUSH'] as const) {
        await killUnderLoad({ kills: times, flushDiskType, ports, print });
      }
      return 0;
    }
    if (scenario === 'full-disk') {
      const outcome = await fillDisk({ ports, print });
      if (outcome !== undefined) print(`full disk: ${outcome}`);
      return 0;
    }
    if (scenario === 'recovery') {
      const gib = wholeNumberFlag('gib', values.gib, 1);
      const queues = wholeNumberFlag('queues', values.queues, 0);
      const { killed, clean } = await measureRecovery({ gib, queues, ports, print });
      return isInTime('a SIGKILL', killed, KILLED_FLOOR_MS) &&
        isInTime('a stop', clean, CLEAN_FLOOR_MS)
        ? 0
        : 1;
    }
    throw badUsage(`the scenario is "${scenario ?? ''}", expected kills, full-disk or recovery`);
  },
});
