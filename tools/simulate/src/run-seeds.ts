import { toError } from '@orbitmq/kernel';
import { simulate } from './simulation.ts';

/** Failing seeds are named up to this number; then the run ends. */
const MAX_FAILURES = 20;
const PROGRESS_MS = 10_000;

export interface RunOptions {
  readonly print: (text: string) => void;
  readonly isTracing: boolean;
}

/** Runs `count` seeds from `first` on. @returns whether all passed */
export async function runSeeds(
  first: number,
  count: number,
  options: RunOptions,
): Promise<boolean> {
  const { print, isTracing } = options;
  const startedMs = performance.now();
  let reportedMs = startedMs;
  let failures = 0;
  let done = 0;
  const sum = { crashes: 0, messages: 0, diskCalls: 0 };
  const describe = (): string => {
    const minutes = (performance.now() - startedMs) / 60_000;
    const { crashes, messages, diskCalls } = sum;
    return `${done} of ${count} seeds, ${failures} failed; ${Math.round(done / minutes)} seeds a minute; ${crashes} crashes, ${messages} messages, ${diskCalls} disk calls\n`;
  };
  for (let seed = first; seed < first + count && failures < MAX_FAILURES; seed++) {
    try {
      const outcome = await simulate(seed, isTracing ? (line) => print(`${line}\n`) : undefined);
      sum.crashes += outcome.crashes;
      sum.messages += outcome.messages;
      sum.diskCalls += outcome.diskCalls;
    } catch (thrown) {
      failures++;
      const error = toError(thrown);
      const text = error.name === 'Violation' ? error.message : (error.stack ?? error.message);
      print(`seed ${seed}: ${text}\n`);
    }
    done++;
    if (performance.now() - reportedMs > PROGRESS_MS) {
      reportedMs = performance.now();
      print(describe());
    }
  }
  print(describe());
  return failures === 0;
}
