import { defineCommand, int32, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * CONSUME_MESSAGE_DIRECTLY: lets a consumer process one message; a broker relays it to the
 * client.
 *
 *   request  => consumerGroup [clientId] [msgId] [brokerName] [topic] [topicSysFlag]
 *     [groupSysFlag] [bname] [ns] [nsd] [oway] [lo] body
 *     consumerGroup => text
 *     clientId      => text
 *     msgId         => text, offset message id
 *     brokerName    => text
 *     topic         => text, 5.x
 *     topicSysFlag  => int32, 5.x
 *     groupSysFlag  => int32, 5.x
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *     body => to the client: the message's record
 *   response => body
 *     body => ConsumeMessageDirectlyResult
 *
 * Source: ConsumeMessageDirectlyResultRequestHeader.java.
 */
export const consumeMessageDirectly = defineCommand({
  code: 309,
  name: 'CONSUME_MESSAGE_DIRECTLY',
  request: {
    consumerGroup: text(),
    clientId: text({ optional: true }),
    msgId: text({ optional: true }),
    brokerName: text({ optional: true }),
    topic: text({ optional: true }),
    topicSysFlag: int32({ optional: true }),
    groupSysFlag: int32({ optional: true }),
    ...topicFields,
  },
});
