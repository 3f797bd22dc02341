import { setTimeout } from 'node:timers/promises';
import { RocketMqError } from '@orbitmq/kernel';
import { startBroker, startNamesrv, type Target } from '../cluster.ts';
import { javaJudge } from '../judges/java.ts';
import { type Judge, printFacts, runJudge, type Verdict } from '../judges/judge.ts';
import { fetchPeer, type Service } from '../peers/index.ts';
import type { CustomRow } from '../row.ts';

const STEP_TIMEOUT_MS = 150_000;
/**
 * After it, what is due 30 s after its send is overdue: the first step ends some 6 s after its last send. The broker must have
 * ended before: Apache's 4.4.0 does not note at its end which delayed messages it has delivered, and the next one
 * delivers them again.
 */
const OVERDUE_MS = 27_000;

interface Step {
  readonly target: Target;
  readonly scenario: 'pending-put' | 'pending-take';
  readonly judge: Judge;
  readonly hasTimers: boolean;
}

/** A store directory goes to another broker while messages wait in it. */
export const pendingMovesRow: CustomRow = {
  kind: 'custom',
  name: 'pending-moves',
  promise:
    'delayed and timed messages and undecided halves that wait in a store are delivered, and asked for, by the broker that opens it next',
  variants: [
    'apache-4.4.0 > orbit',
    'orbit > apache-4.4.0',
    'apache-4.9.7 > orbit',
    'orbit > apache-4.9.7',
    'apache-5.5.0 > orbit',
    'orbit > apache-5.5.0',
  ],
  quickVariants: [],
  calibrationVariants: [
    'apache-4.9.7 > apache-4.9.7',
    'apache-5.5.0 > apache-5.5.0',
    'apache-4.9.7 > apache-5.5.0',
  ],
  async run(variant, { directory }) {
    const [from, to] = variant.split(' > ') as [Target, Target];
    for (const target of [from, to]) {
      if (target !== 'orbit') await fetchPeer(target.replace('apache-', ''));
    }
    // Timers are of 5.x brokers; so is the client that sets them.
    const hasTimers = [from, to].every((target) => !target.startsWith('apache-4'));
    const judge = await javaJudge(hasTimers ? '5.5.0' : '4.9.7', () => {});
    const { endedMs } = await runStep(directory, {
      target: from,
      scenario: 'pending-put',
      judge,
      hasTimers,
    });
    await setTimeout(Math.max(0, endedMs + OVERDUE_MS - performance.now()));
    const { facts } = await runStep(directory, {
      target: to,
      scenario: 'pending-take',
      judge,
      hasTimers,
    });
    return printFacts(facts);
  },
};

/** @returns what the judge found and when, on `performance.now()`'s clock; the broker has ended since */
async function runStep(
  directory: string,
  step: Step,
): Promise<Pick<Verdict, 'facts'> & { readonly endedMs: number }> {
  const home = `${directory}/${step.scenario}`;
  const store = `${directory}/store`;
  const namesrv = await startNamesrv(step.target, home);
  let broker: Service | undefined;
  try {
    broker = await startBroker(step.target, {
      namesrvAddress: namesrv.address,
      directory: home,
      properties: { storePathRootDir: store, storePathCommitLog: `${store}/commitlog` },
    });
    const verdict = await runJudge(step.judge, {
      scenario: step.scenario,
      cluster: { namesrv, broker },
      parameters: { timers: step.hasTimers ? 1 : 0 },
      directory: `${home}/judge`,
      timeoutMs: STEP_TIMEOUT_MS,
    });
    if (!verdict.isOk) {
      const reason = `${step.scenario}, ${step.target}: ${verdict.reason}`;
      throw new RocketMqError(`${reason}\n${verdict.log}`, { code: 'ROW_FAILED' });
    }
    const endedMs = performance.now();
    await broker.stop('term');
    return { facts: verdict.facts, endedMs };
  } finally {
    await Promise.all([broker?.stop('kill'), namesrv.stop('kill')]);
  }
}
