import type { Target } from './cluster.ts';
import type { JudgeName } from './judges/judge.ts';

/** Who judges whom. */
export interface Pair {
  readonly judge: JudgeName;
  readonly target: Target;
}

export type Parameters = Readonly<Record<string, string | number>>;

/** A scenario of the same name in the judges, run by a client against a cluster. */
export interface ScenarioRow {
  readonly kind: 'scenario';
  readonly name: string;
  /** What holds when it passes, for people. */
  readonly promise: string;
  /** The clients that support it. */
  readonly judges: readonly JudgeName[];
  /** Why each of the other clients is not asked. */
  readonly notAsked?: Readonly<Partial<Record<JudgeName, string>>>;
  /** Pairs that are known not to work between official peers themselves, with the reason. */
  readonly without?: (pair: Pair) => string | undefined;
  /** Parameters of a whole run. */
  readonly full: Parameters;
  /** Parameters of `--quick`; a row without them is not part of it. */
  readonly quick?: Parameters;
  readonly timeoutMs: number;
  /** Mostly waits: may run beside others. */
  readonly isWaiting?: boolean;
  /** Broker keys it needs; such a row gets a cluster of its own. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Files in the broker's home, by their path in it; they are there before it starts. */
  readonly homeFiles?: Readonly<Record<string, string>>;
}

/** What a custom row may use. */
export interface RowContext {
  /** A directory of its own. */
  readonly directory: string;
  readonly isQuick: boolean;
  /** Notes a line for the failure log. */
  readonly note: (line: string) => void;
}

/** A row that starts what it needs by itself, once for each variant. */
export interface CustomRow {
  readonly kind: 'custom';
  readonly name: string;
  readonly promise: string;
  /** Variants, e.g. versions of the peer: the columns of its table. */
  readonly variants: readonly string[];
  /** Variants that `--quick` runs. */
  readonly quickVariants: readonly string[];
  /** Variants of official peers among themselves, for `--calibrate`. */
  readonly calibrationVariants?: readonly string[];
  /** Returns normally when it holds, with what is worth telling; throws what was wrong otherwise. */
  run(variant: string, context: RowContext): Promise<string>;
}

export type Row = ScenarioRow | CustomRow;
