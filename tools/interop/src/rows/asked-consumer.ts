import { join } from 'node:path';
import { RocketMqError, toError } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  consumeMessageDirectly,
  decodeRecords,
  getConsumerConnectionList,
  getConsumerRunningInfo,
  getConsumeStats,
  invokeBrokerToGetConsumerStatus,
  invokeBrokerToResetOffset,
  parseConsumeMessageDirectlyResult,
  parseConsumerConnection,
  parseConsumerRunningInfo,
  parseConsumeStats,
  parseGetConsumerStatusBody,
  pullMessage,
  type RequestOf,
} from '@orbitmq/protocol';
import { RemotingClient, type Reply } from '@orbitmq/remoting';
import { startCluster, type Target } from '../cluster.ts';
import { makeJudge } from '../judges/index.ts';
import { type JudgeName, runJudge } from '../judges/judge.ts';
import type { CustomRow } from '../row.ts';

const TIMEOUT_MS = 180_000;
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 250;
const COUNT = 40;
const QUEUES = 4;
const TOPIC = 't_asked';
const GROUP = 'g_asked';

/** Asks a broker about a group, as an administrator does. */
class Asker {
  readonly #client = new RemotingClient();
  readonly #broker: string;

  constructor(broker: string) {
    this.#broker = broker;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** @throws {RocketMqError} ROW_FAILED for an answer that refuses */
  async ask<D extends AnyCommandDefinition>(
    definition: D,
    values: RequestOf<D>,
  ): Promise<Reply<D>> {
    const options = { timeoutMs: 15_000 };
    const answer = await this.#client.invoke(this.#broker, definition, values, options);
    if (answer.code !== 0) throw failed(`${definition.name}: ${answer.code} ${answer.remark}`);
    return answer;
  }

  /** Client id of the consumer, once it has committed everything. */
  async whenConsumed(): Promise<string> {
    const deadlineMs = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      try {
        const stats = await this.ask(getConsumeStats, { consumerGroup: GROUP, topic: TOPIC });
        const offsets = parseConsumeStats(stats.body).offsetTable;
        const consumed = offsets.reduce((sum, [, { consumerOffset }]) => sum + consumerOffset, 0);
        if (consumed === COUNT) break;
      } catch (error) {
        if (Date.now() > deadlineMs) throw error;
      }
      if (Date.now() > deadlineMs) throw failed('the consumer did not commit what it consumed');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    const online = await this.ask(getConsumerConnectionList, { consumerGroup: GROUP });
    const [connection] = parseConsumerConnection(online.body).connectionSet;
    if (connection === undefined) throw failed('no connection of the group');
    return connection.clientId;
  }

  async firstMessageId(): Promise<string> {
    const pulled = await this.ask(pullMessage, {
      consumerGroup: 'TOOLS_CONSUMER',
      topic: TOPIC,
      queueId: 0,
      queueOffset: 0,
      maxMsgNums: 1,
      sysFlag: 4,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subscription: '*',
      subVersion: 0,
    });
    const [message] = decodeRecords(pulled.body ?? Buffer.alloc(0));
    if (message === undefined) throw failed('queue 0 is empty');
    return message.offsetMessageId;
  }
}

function failed(reason: string): RocketMqError {
  return new RocketMqError(reason, { code: 'ROW_FAILED' });
}

function expectEqual(
  what: string,
  expected: string | number,
  actual: string | number | undefined,
): void {
  if (actual !== expected) throw failed(`${what}: expected ${expected}, got ${actual}`);
}

/** Everything that a tool asks of a consumer; the last is the reset, which the judge waits for. */
async function askAll(asker: Asker): Promise<void> {
  const clientId = await asker.whenConsumed();
  const name = { consumerGroup: GROUP, clientId };
  const running = await asker.ask(getConsumerRunningInfo, { ...name, jstackEnable: false });
  // A Go client without a rate yet cannot print it, says so in the remark and sends no body.
  if (running.remark?.includes('json marshal error') !== true) {
    const { mqTable } = parseConsumerRunningInfo(running.body);
    const queues = mqTable.filter(([{ topic }]) => topic === TOPIC);
    expectEqual('queues in its running info', QUEUES, queues.length);
  }

  const values = { topic: TOPIC, group: GROUP };
  const status = await asker.ask(invokeBrokerToGetConsumerStatus, values);
  const offsets = parseGetConsumerStatusBody(status.body).consumerTable.get(clientId) ?? [];
  expectEqual(
    'offsets it tells',
    COUNT,
    offsets.reduce((sum, [, offset]) => sum + offset, 0),
  );

  const msgId = await asker.firstMessageId();
  const direct = await asker.ask(consumeMessageDirectly, { ...name, msgId });
  const { consumeResult } = parseConsumeMessageDirectlyResult(direct.body);
  expectEqual('result of the message it was handed', 'CR_SUCCESS', consumeResult);

  await asker.ask(invokeBrokerToResetOffset, { ...values, timestamp: 0, isForce: true });
}

/** A consumer of the Go client answers through our broker what the Java client's do. */
export const askedConsumerRow: CustomRow = {
  kind: 'custom',
  name: 'asked-consumer',
  promise:
    'a Go consumer tells its state, consumes what it is handed, and goes back, as the broker asks it',
  variants: ['go > orbit', 'go > apache-4.9.7', 'go > apache-5.5.0'],
  quickVariants: [],
  async run(variant, { directory }) {
    const [name, target] = variant.split(' > ') as [JudgeName, Target];
    const judge = await makeJudge(name, () => {});
    const cluster = await startCluster(target, directory);
    const asker = new Asker(cluster.broker.address);
    try {
      const [verdict, asking] = await Promise.all([
        runJudge(judge, {
          scenario: 'asked',
          cluster,
          parameters: { count: COUNT, topic: TOPIC, group: GROUP },
          directory: join(directory, name),
          timeoutMs: TIMEOUT_MS,
        }),
        askAll(asker).catch((error: unknown) => toError(error)),
      ]);
      if (asking instanceof Error) throw failed(`${asking.message}\n${verdict.log}`);
      if (!verdict.isOk) throw failed(`${verdict.reason}\n${verdict.log}`);
      return `${COUNT} messages twice, one of them directly`;
    } finally {
      await asker.close();
      await cluster.close();
    }
  },
};
