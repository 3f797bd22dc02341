import { runAdmin } from './run.ts';

// A reader that has seen enough (`| head`) closes the pipe: nobody is left to write to.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runAdmin(process.argv.slice(2), {
  environment: process.env,
  writeOut: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
});
