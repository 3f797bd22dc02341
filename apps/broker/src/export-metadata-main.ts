import { runExportMetadata } from './export-metadata.ts';

process.exitCode = await runExportMetadata(process.argv.slice(2), {
  writeOut: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
});
