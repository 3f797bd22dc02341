import { mkdir } from 'node:fs/promises';
import { startCluster, type Target } from '../cluster.ts';
import { javaJudge } from '../judges/java.ts';
import type { CustomRow } from '../row.ts';
import { Context } from '../sdk/context.ts';
import { JavaMembers } from './java-members.ts';
import {
  BROKER_NAME,
  JAVA_VERSIONS,
  QUEUES,
  type Round,
  STRATEGIES,
  StrategyGroup,
} from './strategy-group.ts';

const ROUNDS: readonly Round[] = [
  ...Object.keys(STRATEGIES).map((strategy) => ({ strategy, isOrderly: false })),
  { strategy: 'AVG', isOrderly: true },
];

/** Members come and go; between that, messages must come once each. */
async function runRound(group: StrategyGroup): Promise<void> {
  const check = async (): Promise<void> => {
    await group.expectShares();
    await group.expectOnceEach();
  };
  await group.joinOwn();
  group.joinJava(0);
  group.joinJava(1);
  await group.joinOwn();
  await check();
  await group.leaveJava(0);
  await check();
  group.joinJava(0);
  await check();
  await group.leaveOwn();
  await group.leaveJava(1);
  await check();
  group.expectOrder();
  await group.close();
}

/** Members of the official client and of ours share a topic. */
export const mixedStrategiesRow: CustomRow = {
  kind: 'custom',
  name: 'mixed-strategies',
  promise:
    'TypeScript members, and Java ones of 4.9.7 and 5.5.0, in one group divide queues alike by each strategy, and hand them over in order',
  variants: ['orbit', 'apache-4.9.7', 'apache-5.5.0'],
  quickVariants: [],
  async run(target, { directory }) {
    const judges = [];
    for (const version of JAVA_VERSIONS) judges.push(await javaJudge(version, () => {}));
    const properties = { brokerName: BROKER_NAME };
    const cluster = await startCluster(target as Target, directory, { properties });
    const java: JavaMembers[] = [];
    for (const judge of judges) {
      const home = `${directory}/${judge.name}`;
      await mkdir(home, { recursive: true });
      java.push(new JavaMembers(judge, home, cluster.namesrv.address));
    }
    const context = new Context('mixed', cluster.namesrv.address, new Map());
    try {
      const producer = await context.producer();
      for (const round of ROUNDS) {
        const topic = await context.topic(QUEUES);
        const queues = await producer.queues(topic);
        await runRound(new StrategyGroup({ context, java, producer, queues, round }));
      }
      return `${ROUNDS.length} rounds`;
    } finally {
      await context.close();
      await Promise.all(java.map((members) => members.close()));
      await cluster.close();
    }
  },
};
