import { RocketMqError } from '@orbitmq/kernel';
import { startBroker, startNamesrv, type Target } from '../cluster.ts';
import { javaJudge } from '../judges/java.ts';
import { type Judge, runJudge } from '../judges/judge.ts';
import { fetchPeer, queryOnce, type Service } from '../peers/index.ts';
import type { CustomRow } from '../row.ts';

const GET_BROKER_CLUSTER_INFO = 106;
/** A broker whose connection ended must be out of the tables within this time. */
const GONE_TIMEOUT_MS = 10_000;
const POLL_MS = 100;

async function expectGone(namesrv: Service, brokerName: string): Promise<void> {
  const deadline = performance.now() + GONE_TIMEOUT_MS;
  for (;;) {
    const answer = await queryOnce(namesrv.address, GET_BROKER_CLUSTER_INFO);
    if (!answer.body.includes(`"${brokerName}":{`)) return;
    if (performance.now() > deadline) {
      throw new RocketMqError(`a killed broker is still listed: ${answer.body}`, {
        code: 'ROW_FAILED',
      });
    }
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

interface Attempt {
  readonly judge: Judge;
  readonly namesrvAddress: string;
  readonly namesrv: Service;
  readonly broker: Service;
  readonly directory: string;
}

async function expectSync({ judge, namesrvAddress, namesrv, broker, directory }: Attempt) {
  const verdict = await runJudge(judge, {
    scenario: 'sync',
    cluster: { namesrv: { ...namesrv, address: namesrvAddress }, broker },
    parameters: { count: 50 },
    directory,
    timeoutMs: 60_000,
  });
  if (verdict.isOk) return;
  throw new RocketMqError(`${judge.name} at ${namesrvAddress}: ${verdict.reason}\n${verdict.log}`, {
    code: 'ROW_FAILED',
  });
}

/** Apache's broker registers on two name servers of ours; official clients find it, also when one is gone. */
export const mixedNamesrvRow: CustomRow = {
  kind: 'custom',
  name: 'apache-broker-on-our-namesrv',
  promise: 'an official broker registers on our name servers and official clients find it there',
  variants: ['4.4.0', '4.9.7', '5.5.0'],
  quickVariants: ['4.9.7'],
  async run(version, { directory }) {
    const target: Target = `apache-${version}`;
    await fetchPeer(version);
    const judges = [await javaJudge('4.9.7', () => {}), await javaJudge('5.5.0', () => {})];
    const first = await startNamesrv('orbit', `${directory}/1`);
    const second = await startNamesrv('orbit', `${directory}/2`);
    const both = `${first.address};${second.address}`;
    const broker = await startBroker(target, { namesrvAddress: both, directory });
    try {
      for (const judge of judges) {
        const common = { judge, namesrv: first, broker };
        const home = `${directory}/${judge.name}`;
        await expectSync({ ...common, namesrvAddress: first.address, directory: `${home}-1` });
      }
      await first.stop();
      for (const judge of judges) {
        const common = { judge, namesrv: second, broker };
        const home = `${directory}/${judge.name}`;
        // A client of 5.5.0 that starts takes one of the addresses and fails when that one is dead, with official
        // name servers as well.
        const namesrvAddress = judge.name === 'java-4.9.7' ? both : second.address;
        await expectSync({ ...common, namesrvAddress, directory: `${home}-2` });
      }
      await broker.stop('kill');
      await expectGone(second, 'broker-a');
      return '';
    } finally {
      await Promise.all([broker.stop('kill'), first.stop('kill'), second.stop('kill')]);
    }
  },
};
