import { badUsage, runToolProcess, wholeNumberFlag } from '@orbitmq/service';
import { fillDisk } from './full-disk.ts';
import { killUnderLoad } from './kills.ts';

const USAGE = `usage: npm run scenarios -- kills [--times 100] [--port 22100]
       npm run scenarios -- full-disk [--port 22100]

kills      kills a broker under load so many times with SYNC_FLUSH and so many with ASYNC_FLUSH, and checks each
           time that everything it acknowledged is served
full-disk  fills the disk of a broker, a small tmpfs: takes the right to mount

Uses --port and the 40 ports above it.
`;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await runToolProcess({
  name: 'scenarios',
  usage: USAGE,
  flags: {
    times: { type: 'string', default: '100' },
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
    throw badUsage(`the scenario is "${scenario ?? ''}", expected kills or full-disk`);
  },
});
