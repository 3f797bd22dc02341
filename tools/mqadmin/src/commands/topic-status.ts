import { AdminError, ClientCode } from '@orbitmq/admin';
import { front, left, timeTextWithMs } from '../columns.ts';
import { type AdminCommand, textOf } from '../command.ts';

/** Offsets of a topic's queues. Source: TopicStatusSubCommand.java. */
export const topicStatus: AdminCommand = {
  name: 'topicStatus',
  description: 'Examine topic Status info',
  options: [
    { short: 't', long: 'topic', hasValue: true, isRequired: true, description: 'topic name' },
  ],

  async run(context, values) {
    const offsets = await context.topics.offsets(textOf(values, 'topic') ?? '');
    if (offsets.length === 0) {
      throw new AdminError(ClientCode.other, 'Not found the topic stats info');
    }
    const row = (...cells: readonly (string | number)[]): void => {
      const [broker = '', queue = '', min = '', max = '', time = ''] = cells;
      context.write(
        `${left(broker, 32)}  ${left(queue, 4)}  ${left(min, 20)}  ${left(max, 20)}    ${time}\n`,
      );
    };
    row('#Broker Name', '#QID', '#Min Offset', '#Max Offset', '#Last Updated');
    for (const [
      { brokerName, queueId },
      { minOffset, maxOffset, lastUpdateTimestamp },
    ] of offsets) {
      const time = lastUpdateTimestamp > 0 ? timeTextWithMs(lastUpdateTimestamp) : '';
      row(front(brokerName, 32), queueId, minOffset, maxOffset, time);
    }
  },
};
