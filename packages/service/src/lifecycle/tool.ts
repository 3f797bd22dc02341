/** What programs of the repository's own have in common: flags, one line for what is wrong, an exit code. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { endWithReader, errorCode, RocketMqError, toError } from '@orbitmq/kernel';

type Flags = NonNullable<ParseArgsConfig['options']>;
type ValuesOf<F extends Flags> = ReturnType<
  typeof parseArgs<{ options: F; allowPositionals: true }>
>['values'];

export interface Tool<F extends Flags> {
  /** As it is called, for messages. */
  readonly name: string;
  /** Printed for `--help`. */
  readonly usage: string;
  /** Besides `--help`. */
  readonly flags: F;
  /** Arguments that are no flags, at most; 0 when absent. */
  readonly mostPositionals?: number | undefined;
  /** @returns the exit code; 0 when absent. May throw `badUsage` or anything else */
  readonly run: (
    values: ValuesOf<F>,
    positionals: readonly string[],
  ) => Promise<number | undefined>;
}

export interface ToolHost {
  writeOut(text: string): void;
  writeError(text: string): void;
}

const BAD_USAGE = 'BAD_USAGE';

/** @returns what `run` did, 0 for `--help`, 1 for an error, 2 for arguments that are none */
export async function runTool<const F extends Flags>(
  { name, usage, flags, mostPositionals = 0, run }: Tool<F>,
  args: readonly string[],
  host: ToolHost,
): Promise<number> {
  try {
    const { values, positionals } = parse(flags, args);
    if (args.includes('--help') || args.includes('-h')) {
      host.writeOut(usage);
      return 0;
    }
    const unexpected = positionals[mostPositionals];
    if (unexpected !== undefined) throw badUsage(`unexpected argument "${unexpected}"`);
    return (await run(values, positionals)) ?? 0;
  } catch (error) {
    host.writeError(`${name}: ${toError(error).message}\n`);
    if (errorCode(error) !== BAD_USAGE) return 1;
    host.writeError(`${name} --help tells what it takes\n`);
    return 2;
  }
}

/** Runs a tool with this process's arguments and streams, and leaves its exit code behind. */
export async function runToolProcess<const F extends Flags>(tool: Tool<F>): Promise<void> {
  endWithReader();
  process.exitCode = await runTool(tool, process.argv.slice(2), {
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  });
}

/** An error that `runTool` reports as one of the arguments. */
export function badUsage(message: string, cause?: unknown): RocketMqError {
  return new RocketMqError(message, { code: BAD_USAGE, cause });
}

/** @throws {RocketMqError} `BAD_USAGE` for anything but a decimal number of `least` or more */
export function numberFlag(flag: string, text: string, least: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw badUsage(`--${flag} is "${text}", expected a number of ${least} or more`);
}

/** @throws {RocketMqError} `BAD_USAGE` for anything but a whole number of `least` or more */
export function wholeNumberFlag(flag: string, text: string, least: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (value >= least) return value;
  throw badUsage(`--${flag} is "${text}", expected a whole number of ${least} or more`);
}

function parse<F extends Flags>(
  flags: F,
  args: readonly string[],
): { readonly values: ValuesOf<F>; readonly positionals: readonly string[] } {
  try {
    const options = { ...flags, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values, positionals };
  } catch (error) {
    // Node's explanation of how to write such an argument is left out.
    throw badUsage(toError(error).message.split('. ')[0] as string, error);
  }
}
