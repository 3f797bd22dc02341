import { ORDER_TOPIC_CONFIG } from '@orbitmq/admin';
import type { TopicConfig } from '@orbitmq/protocol';
import { permText } from '../columns.ts';
import {
  type AdminCommand,
  type CommandContext,
  integerOf,
  isTrue,
  type OptionValues,
  textOf,
} from '../command.ts';

const DEFAULT_QUEUES = 8;
const DEFAULT_PERM = 6;
const UNIT = 1;
const UNIT_SUB = 2;

/** Creates or changes a topic. Source: UpdateTopicSubCommand.java. */
export const updateTopic: AdminCommand = {
  name: 'updateTopic',
  description: 'Update or create topic',
  options: [
    { short: 'b', long: 'brokerAddr', hasValue: true, description: 'create topic to which broker' },
    {
      short: 'c',
      long: 'clusterName',
      hasValue: true,
      description: 'create topic to which cluster',
    },
    { short: 't', long: 'topic', hasValue: true, isRequired: true, description: 'topic name' },
    { short: 'r', long: 'readQueueNums', hasValue: true, description: 'set read queue nums' },
    { short: 'w', long: 'writeQueueNums', hasValue: true, description: 'set write queue nums' },
    {
      short: 'p',
      long: 'perm',
      hasValue: true,
      description: "set topic's permission(2|4|6), intro[2:W 4:R; 6:RW]",
    },
    { short: 'o', long: 'order', hasValue: true, description: "set topic's order(true|false)" },
    { short: 'u', long: 'unit', hasValue: true, description: 'is unit topic (true|false)' },
    { short: 's', long: 'hasUnitSub', hasValue: true, description: 'has unit sub (true|false)' },
  ],
  oneOf: ['b', 'c'],

  async run(context, values) {
    const config = configOf(values);
    const address = textOf(values, 'brokerAddr');
    if (address === undefined)
      await onCluster(context, config, textOf(values, 'clusterName') ?? '');
    else await onBroker(context, config, address);
  },
};

function configOf(values: OptionValues): TopicConfig {
  return {
    topicName: textOf(values, 'topic') ?? '',
    readQueueNums: integerOf(values, 'readQueueNums', DEFAULT_QUEUES),
    writeQueueNums: integerOf(values, 'writeQueueNums', DEFAULT_QUEUES),
    perm: integerOf(values, 'perm', DEFAULT_PERM),
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag:
      (isTrue(values, 'unit') ? UNIT : 0) | (isTrue(values, 'hasUnitSub') ? UNIT_SUB : 0),
    order: isTrue(values, 'order'),
  };
}

async function onBroker(
  context: CommandContext,
  config: TopicConfig,
  address: string,
): Promise<void> {
  await context.topics.put(address, config);
  if (config.order) {
    const broker = (await context.clusters.brokers()).find((each) => each.address === address);
    const [brokerName, queues] = [broker?.brokerName ?? '', config.writeQueueNums];
    await context.nameServers.putOrderOfBroker(config.topicName, brokerName, queues);
    const orderConf = `${brokerName}:${queues}`;
    context.write(`set broker orderConf. isOrder=${config.order}, orderConf=[${orderConf}]`);
  }
  context.write(`create topic to ${address} success.\n`);
  context.write(describe(config));
}

async function onCluster(
  context: CommandContext,
  config: TopicConfig,
  clusterName: string,
): Promise<void> {
  const masters = (await context.clusters.brokers()).filter(
    (broker) => broker.clusterName === clusterName && broker.brokerId === 0,
  );
  if (masters.length === 0) {
    context.write(
      '[error] Make sure the specified clusterName exists or the name server connected to is correct.',
    );
    return;
  }
  for (const { address } of masters) {
    await context.topics.put(address, config);
    context.write(`create topic to ${address} success.\n`);
  }
  if (config.order) {
    const orderConf = masters
      .map(({ brokerName }) => `${brokerName}:${config.writeQueueNums}`)
      .join(';');
    await context.nameServers.putKv(ORDER_TOPIC_CONFIG, config.topicName, orderConf);
    context.write(`set cluster orderConf. isOrder=${config.order}, orderConf=[${orderConf}]`);
  }
  context.write(describe(config));
}

function describe(config: TopicConfig): string {
  return (
    `TopicConfig [topicName=${config.topicName}, readQueueNums=${config.readQueueNums}, ` +
    `writeQueueNums=${config.writeQueueNums}, perm=${permText(config.perm)}, ` +
    `topicFilterType=${config.topicFilterType}, topicSysFlag=${config.topicSysFlag}, order=${config.order}]`
  );
}
