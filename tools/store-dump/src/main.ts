import { once } from 'node:events';
import { endWithReader } from '@orbitmq/kernel';
import { nodeDisk, systemClock } from '@orbitmq/runtime';
import { runDump } from './run.ts';

endWithReader();

process.exitCode = await runDump(process.argv.slice(2), {
  disk: nodeDisk,
  clock: systemClock,
  // npm runs scripts in the workspace's root and tells here where it was called.
  workingDirectory: process.env['INIT_CWD'] ?? process.cwd(),
  async writeOut(text) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  },
  writeError: (text) => void process.stderr.write(text),
});
