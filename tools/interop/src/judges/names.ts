import type { JudgeName } from './judge.ts';

export const JAVA_JUDGES: readonly JudgeName[] = ['java-4.9.7', 'java-5.5.0'];
export const OFFICIAL_JUDGES: readonly JudgeName[] = [...JAVA_JUDGES, 'go'];
export const ALL_JUDGES: readonly JudgeName[] = [...OFFICIAL_JUDGES, 'sdk'];
/** Rows that a Go client has another row for: `asked-consumer`. */
export const JAVA_AND_SDK: readonly JudgeName[] = [...JAVA_JUDGES, 'sdk'];
