import { parseArgs } from 'node:util';
import { RocketMqError } from '@orbitmq/kernel';

export interface Options {
  /** The small set for CI, two or three minutes. */
  readonly isQuick: boolean;
  /** Judge Apache's own servers with Apache's own clients: proves the judges, not us. */
  readonly isCalibrating: boolean;
  /** Parts of row or column names; empty means all. */
  readonly only: readonly string[];
  /** Where the matrix is written as a page, this run's cells over those of earlier runs; nowhere when absent. */
  readonly markdownFile: string | undefined;
  /** Cells that would start later than this are skipped, in minutes; endless when absent. */
  readonly minutes: number | undefined;
  readonly isHelp: boolean;
}

export const USAGE = `usage: npm run interop -- [--quick] [--calibrate] [--only a,b] [--minutes N] [--markdown FILE]

  --quick       two or three minutes: the rows of the main job, small counts
  --calibrate   official clients against official servers: proves the judges themselves
  --only a,b    only cells of these rows (sync, volume ...), columns ("go > orbit") or both ("sync@go > orbit")
  --minutes N   starts no cell after so many minutes: the rest is skipped
  --markdown FILE  writes the matrix as a page, over the cells of earlier runs, kept in a .json beside it
  --list        the rows and what each promises
`;

/** @throws {RocketMqError} `BAD_USAGE` for a flag nobody knows */
export function parseOptions(argv: readonly string[]): Options & { readonly isList: boolean } {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean', default: false },
        calibrate: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        minutes: { type: 'string' },
        markdown: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return {
      isQuick: values.quick,
      isCalibrating: values.calibrate,
      only: values.only.split(',').filter((name) => name !== ''),
      minutes: minutesOf(values.minutes),
      markdownFile: values.markdown,
      isList: values.list,
      isHelp: values.help,
    };
  } catch (error) {
    throw new RocketMqError(error instanceof Error ? error.message : String(error), {
      code: 'BAD_USAGE',
      cause: error,
    });
  }
}

function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const minutes = Number(text);
  if (minutes > 0) return minutes;
  throw new Error(`--minutes is ${JSON.stringify(text)}, expected a number above 0`);
}

/** Whether `--only` lets a cell through. */
export function isChosen(only: readonly string[], row: string, column: string): boolean {
  if (only.length === 0) return true;
  return only.some((name) => {
    const [wantedRow = '', wantedColumn] = name.split('@');
    if (wantedColumn !== undefined) return row === wantedRow && column.includes(wantedColumn);
    return row === name || column.includes(name);
  });
}
