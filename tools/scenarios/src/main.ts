import { parseArgs } from 'node:util';
import { fillDisk } from './full-disk.ts';
import { killUnderLoad } from './kills.ts';

const USAGE = `usage: npm run scenarios -- kills [--times 100] [--port 22100]
       npm run scenarios -- full-disk [--port 22100]

kills      kills a broker under load so many times with SYNC_FLUSH and so many with ASYNC_FLUSH, and checks each
           time that everything it acknowledged is served
full-disk  fills the disk of a broker, a small tmpfs: takes the right to mount

Uses --port and the 40 ports above it.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: 'string', default: '100' },
    port: { type: 'string', default: '22100' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const port = Number(values.port);
const ports = { namesrv: port, broker: port + 20 };

async function kills(): Promise<void> {
  for (const flushDiskType of ['SYNC_FLUSH', 'ASYNC_FLUSH'] as const) {
    await killUnderLoad({ kills: Number(values.times), flushDiskType, ports, print });
  }
}

async function fullDisk(): Promise<void> {
  const outcome = await fillDisk({ ports, print });
  if (outcome !== undefined) print(`full disk: ${outcome}`);
}

const scenario = { kills, 'full-disk': fullDisk }[positionals[0] ?? ''];
if (values.help) {
  print(USAGE);
} else if (scenario === undefined || positionals.length > 1) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  await scenario();
}
