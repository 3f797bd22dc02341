import { goJudge } from './go.ts';
import { javaJudge } from './java.ts';
import type { Judge, JudgeName } from './judge.ts';
import { sdkJudge } from './sdk.ts';

const MAKERS: Readonly<Record<JudgeName, (progress: (line: string) => void) => Promise<Judge>>> = {
  'java-4.9.7': (progress) => javaJudge('4.9.7', progress),
  'java-5.5.0': (progress) => javaJudge('5.5.0', progress),
  go: goJudge,
  sdk: sdkJudge,
};

/**
 * Builds a judge, unless it was built before.
 *
 * @throws {RocketMqError} `PEER_UNAVAILABLE` when a registry or tool is missing
 */
export function makeJudge(name: JudgeName, progress: (line: string) => void): Promise<Judge> {
  return MAKERS[name](progress);
}
