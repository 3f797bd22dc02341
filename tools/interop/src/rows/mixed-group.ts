import { join } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import { startCluster, type Target } from '../cluster.ts';
import { makeJudge } from '../judges/index.ts';
import { type JudgeName, runJudge, type Verdict } from '../judges/judge.ts';
import type { CustomRow } from '../row.ts';

const TIMEOUT_MS = 120_000;

function problemOf(who: string, verdict: Verdict): readonly string[] {
  return verdict.isOk ? [] : [`${who}: ${verdict.reason}\n${verdict.log}`];
}

/** An official client and ours in one group. */
export const mixedGroupRow: CustomRow = {
  kind: 'custom',
  name: 'mixed-group',
  promise: 'an official consumer and ours in one group never share or miss a queue',
  variants: [
    'java-4.9.7 > orbit',
    'java-5.5.0 > orbit',
    'go > orbit',
    'java-4.9.7 > apache-4.9.7',
    'java-5.5.0 > apache-5.5.0',
    'go > apache-4.9.7',
    'go > apache-5.5.0',
  ],
  quickVariants: ['java-4.9.7 > orbit'],
  async run(variant, { directory }) {
    const [name, target] = variant.split(' > ') as [JudgeName, Target];
    const official = await makeJudge(name, () => {});
    const ours = await makeJudge('sdk', () => {});
    const cluster = await startCluster(target, directory);
    try {
      const run = 'mixed';
      const parameters = { run, topic: 't_mixed', reports: 't_reports', group: 'g_mixed' };
      const common = { cluster, parameters, timeoutMs: TIMEOUT_MS };
      const [sdk, member] = await Promise.all([
        runJudge(ours, { ...common, scenario: 'mixed-group', directory: join(directory, 'sdk') }),
        runJudge(official, { ...common, scenario: 'member', directory: join(directory, name) }),
      ]);
      const problems = [...problemOf('sdk', sdk), ...problemOf(name, member)];
      if (problems.length === 0) return '';
      throw new RocketMqError(problems.join('\n'), { code: 'ROW_FAILED' });
    } finally {
      await cluster.close();
    }
  },
};
