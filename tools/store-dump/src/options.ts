/** The command line. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FILE_KINDS, type FileKind } from './file-kind.ts';

export interface DumpOptions {
  readonly path: string;
  readonly from?: number;
  readonly count?: number;
  readonly json?: boolean;
  readonly kind?: FileKind;
  readonly topic?: string;
  readonly queue?: number;
  readonly body: number;
  readonly commitlog?: string;
  readonly indexSlots?: number;
}

const DESCRIPTION =
  "Prints a file of a broker's store, or checks a whole store directory. Nothing is changed. A file, or a " +
  'directory that holds the files of one log or queue, is printed: a line for each record, entry, row or ' +
  "field. A store's directory is checked: a line for each finding on standard output, exit status 0 when " +
  'the store is sound, 1 when something is damaged, 2 when it could not be read.';

/** @returns the options, or what to tell and the exit status when there is nothing to do */
export function parseOptions(
  args: readonly string[],
): DumpOptions | { readonly text: string; readonly status: number } {
  let text = '';
  const collect = (written: string): void => {
    text += written;
  };
  let path = '';
  const command = new Command('store-dump')
    .description(DESCRIPTION)
    .argument('<path>', 'a file of a store, or a directory')
    .option(
      '--from <n>',
      'begin with this offset (log: bytes; queue: messages; index: entry)',
      count,
    )
    .option('--count <n>', 'print so many lines at most', count)
    .option('--json', 'print JSON objects, one a line')
    .addOption(new Option('--kind <kind>', 'what the file is').choices(FILE_KINDS))
    .option('--topic <topic>', 'of a log: records of this topic only')
    .option('--queue <id>', 'of a log: records of this queue only', count)
    .option('--body <n>', 'bytes of each body that are shown', count, 64)
    .option('--commitlog <paths>', "storePathCommitLog, when it is not the store's commitlog")
    .option('--index-slots <n>', 'maxHashSlotNum, when it is not a quarter of maxIndexNum', count)
    .exitOverride()
    .configureOutput({ writeOut: collect, writeErr: collect })
    .action((given: string) => {
      path = given;
    });
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { text, status: error.exitCode === 0 ? 0 : 2 };
  }
  return { path, ...command.opts<Omit<DumpOptions, 'path'>>() };
}

function count(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('It has to be a whole number, 0 or more.');
  }
  return value;
}
