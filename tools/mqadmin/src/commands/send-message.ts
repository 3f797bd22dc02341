import { Producer, type SendOptions } from '@orbitmq/client';
import { left } from '../columns.ts';
import { type AdminCommand, integerOf, isTrue, type OptionValues, textOf } from '../command.ts';

/** Sends one message. Source: SendMessageCommand.java. */
export const sendMessage: AdminCommand = {
  name: 'sendMessage',
  description: 'Send a message',
  options: [
    { short: 't', long: 'topic', hasValue: true, isRequired: true, description: 'Topic name' },
    {
      short: 'p',
      long: 'body',
      hasValue: true,
      isRequired: true,
      description: 'UTF-8 string format of the message body',
    },
    { short: 'k', long: 'key', hasValue: true, description: 'Message keys' },
    { short: 'c', long: 'tags', hasValue: true, description: 'Message tags' },
    { short: 'b', long: 'broker', hasValue: true, description: 'Send message to target broker' },
    { short: 'i', long: 'qid', hasValue: true, description: 'Send message to target queue' },
    { short: 'm', long: 'msgTraceEnable', hasValue: true, description: 'Message Trace Enable' },
  ],

  async run(context, values) {
    const topic = textOf(values, 'topic') ?? '';
    const options = target(topic, values);
    if (options === undefined) {
      context.write('Broker name must be set if the queue is chosen!');
      return;
    }
    const producer = new Producer({
      nameServers: context.nameServerAddresses,
      credentials: context.credentials,
      trace: isTrue(values, 'msgTraceEnable'),
      group: String(Date.now()),
    });
    try {
      await producer.start();
      const { queue, status, messageId } = await producer.send(
        {
          topic,
          body: textOf(values, 'body') ?? '',
          keys: textOf(values, 'key'),
          tags: textOf(values, 'tags'),
        },
        options,
      );
      const row = (broker: string, queueId: string | number, result: string, id: string): void => {
        context.write(`${left(broker, 32)}  ${left(queueId, 4)}  ${left(result, 20)}    ${id}\n`);
      };
      row('#Broker Name', '#QID', '#Send Result', '#MsgId');
      row(queue.brokerName, queue.queueId, status, messageId);
    } finally {
      await producer.close();
    }
  },
};

/** Where the message is to go; undefined when a queue is named without its broker. */
function target(topic: string, values: OptionValues): SendOptions | undefined {
  const queueId = textOf(values, 'qid');
  const brokerName = textOf(values, 'broker');
  if (queueId === undefined) return {};
  if (brokerName === undefined) return undefined;
  return { queue: { topic, brokerName, queueId: integerOf(values, 'qid', 0) } };
}
