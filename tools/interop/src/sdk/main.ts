import { toError } from '@orbitmq/kernel';
import { Context } from './context.ts';
import { SCENARIOS } from './scenarios/index.ts';

/**
 * Runs one scenario with our SDK: `sdk-judge SCENARIO NAMESRV [key=value ...]`, the contract of all judges. The
 * last line on standard output is the result as JSON; the exit code is 0 only when the scenario held.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [name = '', namesrv, ...rest] = argv;
  const scenario = SCENARIOS[name];
  if (scenario === undefined || namesrv === undefined) {
    process.stderr.write(
      `usage: sdk-judge SCENARIO NAMESRV [key=value ...]\nscenarios: ${Object.keys(SCENARIOS).join(', ')}\n`,
    );
    return 2;
  }
  const parameters = new Map(
    rest.map((argument) => {
      const equals = argument.indexOf('=');
      return [argument.slice(0, equals), argument.slice(equals + 1)] as const;
    }),
  );
  const context = new Context(name, namesrv, parameters);
  const failure = await runAndClose(context, () => scenario(context));
  const result = failure === undefined ? { ok: true } : { ok: false, error: failure.message };
  process.stdout.write(`${JSON.stringify({ scenario: name, ...result, ...context.facts })}\n`);
  return failure === undefined ? 0 : 1;
}

/** What failed, closing the clients included; the first failure when there are several. */
async function runAndClose(context: Context, run: () => Promise<void>): Promise<Error | undefined> {
  const failures: Error[] = [];
  const note = (thrown: unknown): void => {
    const error = toError(thrown);
    process.stderr.write(`${error.stack}\n`);
    failures.push(error);
  };
  await run().catch(note);
  await context.close().catch(note);
  return failures[0];
}
