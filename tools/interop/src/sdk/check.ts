import { isDeepStrictEqual } from 'node:util';
import { RocketMqError } from '@orbitmq/kernel';

const POLL_MS = 5;

/** What a scenario promises and did not see. */
export class CheckFailedError extends RocketMqError {
  override readonly name = 'CheckFailedError';

  constructor(message: string) {
    super(message, { code: 'CHECK_FAILED' });
  }
}

/** @throws {CheckFailedError} when the condition does not hold */
export function check(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new CheckFailedError(otherwise);
}

export function checkEqual(what: string, expected: unknown, actual: unknown): void {
  check(
    isDeepStrictEqual(expected, actual),
    `${what}: expected ${String(expected)}, got ${String(actual)}`,
  );
}

/** Both bounds belong to what is allowed. */
export function checkWithin(
  what: string,
  value: number,
  bounds: { readonly low: number; readonly high: number },
): void {
  const { low, high } = bounds;
  check(value >= low && value <= high, `${what}: ${value} is not in ${low}..${high}`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

export interface Wait {
  readonly what: string;
  readonly timeoutMs: number;
  readonly until: () => boolean | Promise<boolean>;
  /** What is to be seen when the time is over. */
  readonly state?: () => string;
}

/** @throws {CheckFailedError} when it is not so in time */
export async function waitFor({ what, timeoutMs, until, state }: Wait): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await until())) {
    check(
      performance.now() <= deadline,
      `${what}: not within ${timeoutMs} ms; ${state === undefined ? '' : state()}`,
    );
    await sleep(POLL_MS);
  }
}
