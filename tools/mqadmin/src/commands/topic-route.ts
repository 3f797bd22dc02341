import { printTopicRouteData, type TopicRouteData } from '@orbitmq/protocol';
import { left } from '../columns.ts';
import { type AdminCommand, textOf } from '../command.ts';

/** Route of a topic. Source: TopicRouteSubCommand.java. */
export const topicRoute: AdminCommand = {
  name: 'topicRoute',
  description: 'Examine topic route info',
  options: [
    { short: 't', long: 'topic', hasValue: true, isRequired: true, description: 'topic name' },
    { short: 'l', long: 'list', hasValue: false, description: 'Use list format to print data' },
  ],

  async run(context, values) {
    const route = await context.topics.route(textOf(values, 'topic') ?? '');
    context.write(
      values['list'] === true
        ? table(route)
        : `${printTopicRouteData(route, { pretty: true }).toString()}\n`,
    );
  },
};

const WIDTHS = [45, 32, 50, 10, 11, 5];

function row(...cells: readonly string[]): string {
  return `${cells.map((cell, index) => left(cell, WIDTHS[index] as number)).join(' ')} \n`;
}

function table(route: TopicRouteData): string {
  const queueDatas = route.queueDatas.toSorted((a, b) => (a.brokerName < b.brokerName ? -1 : 1));
  const lines = queueDatas.map((data) => {
    const broker = route.brokerDatas.find(({ brokerName }) => brokerName === data.brokerName);
    const addresses = [...(broker?.brokerAddrs ?? [])].map(([id, address]) => `${id}=${address}`);
    return row(
      broker?.cluster ?? '',
      data.brokerName,
      `{${addresses.join(', ')}}`,
      String(data.readQueueNums),
      String(data.writeQueueNums),
      String(data.perm),
    );
  });
  const sum = (pick: (data: (typeof queueDatas)[number]) => number): string =>
    String(queueDatas.reduce((total, data) => total + pick(data), 0));
  return [
    row('#ClusterName', '#BrokerName', '#BrokerAddrs', '#ReadQueue', '#WriteQueue', '#Perm'),
    ...lines,
    `${'-'.repeat(158)}\n`,
    row(
      'Total:',
      String(queueDatas.length),
      '',
      sum(({ readQueueNums }) => readQueueNums),
      sum(({ writeQueueNums }) => writeQueueNums),
      '',
    ),
  ].join('');
}
