import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import { startBroker, startNamesrv, type Target } from '../cluster.ts';
import { makeJudge } from '../judges/index.ts';
import { type JudgeName, printFacts, runJudge } from '../judges/judge.ts';
import type { CustomRow } from '../row.ts';

const KILLS = 3;
const BEFORE_KILL_MS = 2_500;
/** Longer than clients repeat a send that failed at once. */
const AWAY_MS = 1_500;
const SENDING_TIMEOUT_MS = 60_000;
const JUDGE_TIMEOUT_MS = 180_000;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** The broker is killed again and again while a client sends and consumes. */
export const outageRow: CustomRow = {
  kind: 'custom',
  name: 'outage',
  promise: 'a killed broker comes back: nothing acknowledged is lost, clients go on by themselves',
  variants: [
    'java-4.9.7 > orbit',
    'java-5.5.0 > orbit',
    'go > orbit',
    'sdk > orbit',
    'sdk > apache-4.9.7',
    'sdk > apache-5.5.0',
  ],
  quickVariants: ['sdk > orbit'],
  calibrationVariants: [
    'java-4.9.7 > apache-4.9.7',
    'java-5.5.0 > apache-5.5.0',
    'go > apache-4.9.7',
    'go > apache-5.5.0',
  ],
  async run(variant, { directory }) {
    const [name, target] = variant.split(' > ') as [JudgeName, Target];
    const judge = await makeJudge(name, () => {});
    const namesrv = await startNamesrv(target, directory);
    const common = { namesrvAddress: namesrv.address, directory };
    let broker = await startBroker(target, common);
    try {
      const home = join(directory, 'judge');
      await mkdir(home, { recursive: true });
      const over = new AbortController();
      const running = runJudge(judge, {
        scenario: 'outage',
        cluster: { namesrv, broker },
        parameters: {},
        directory: home,
        timeoutMs: JUDGE_TIMEOUT_MS,
      }).finally(() => over.abort());
      const deadline = performance.now() + SENDING_TIMEOUT_MS;
      while (performance.now() < deadline && !(await exists(join(home, 'sending')))) {
        if (over.signal.aborted) break;
        await sleep(50);
      }
      for (let kill = 0; kill < KILLS && !over.signal.aborted; kill++) {
        await sleep(BEFORE_KILL_MS);
        await broker.stop('kill');
        await sleep(AWAY_MS);
        broker = await startBroker(target, { ...common, port: broker.port });
      }
      await sleep(BEFORE_KILL_MS);
      await writeFile(join(home, 'stop'), '');
      const { isOk, reason, facts, log } = await running;
      if (!isOk) throw new RocketMqError(`${reason}\n${log}`, { code: 'ROW_FAILED' });
      // No send has to fail: when the broker dies with a send of each sender on its way, Go's client waits for their
      // answers until its timeout, and repeats them when the broker is back.
      return `${KILLS} kills, ${printFacts(facts)}`;
    } finally {
      await Promise.all([broker.stop('kill'), namesrv.stop('kill')]);
    }
  },
};
