import { endWithReader } from '@orbitmq/kernel';
import { runAdmin } from './run.ts';

endWithReader();

process.exitCode = await runAdmin(process.argv.slice(2), {
  environment: process.env,
  writeOut: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
});
