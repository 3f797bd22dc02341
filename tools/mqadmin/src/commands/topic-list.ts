import { DEAD_LETTER_TOPIC_PREFIX, RETRY_TOPIC_PREFIX } from '@orbitmq/protocol';
import { front, left } from '../columns.ts';
import type { AdminCommand, CommandContext } from '../command.ts';

/** All topics. Source: TopicListSubCommand.java. */
export const topicList: AdminCommand = {
  name: 'topicList',
  description: 'Fetch all topic list from name server',
  options: [{ short: 'c', long: 'clusterModel', hasValue: false, description: 'clusterModel' }],

  async run(context, values) {
    if (values['clusterModel'] === true) await withGroups(context);
    else for (const topic of await context.topics.list()) context.write(`${topic}\n`);
  },
};

async function withGroups(context: CommandContext): Promise<void> {
  const info = await context.clusters.info();
  const write = (cluster: string, topic: string, group: string): void => {
    context.write(
      `${left(front(cluster, 20), 20)}  ${left(front(topic, 64), 64)}  ${left(front(group, 64), 64)}\n`,
    );
  };
  context.write(
    `${left('#Cluster Name', 20)}  ${left('#Topic', 48)}  ${left('#Consumer Group', 48)}\n`,
  );
  for (const topic of await context.topics.list()) {
    if (topic.startsWith(RETRY_TOPIC_PREFIX) || topic.startsWith(DEAD_LETTER_TOPIC_PREFIX))
      continue;
    const route = await context.topics.route(topic);
    const brokerName = route.brokerDatas[0]?.brokerName ?? '';
    const cluster = [...info.clusterAddrTable].find(([, names]) => names.includes(brokerName))?.[0];
    const groups = await context.topics.consumerGroups(topic);
    for (const group of groups.length === 0 ? [''] : groups) write(cluster ?? '', topic, group);
  }
}
