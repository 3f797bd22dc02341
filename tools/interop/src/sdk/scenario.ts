import type { Context } from './context.ts';

/** One row's promise as our SDK puts it to the test; throws what did not hold. */
export type Scenario = (context: Context) => Promise<void>;
