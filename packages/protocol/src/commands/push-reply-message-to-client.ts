import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * PUSH_REPLY_MESSAGE_TO_CLIENT: a broker hands the answer to a request message to who asked.
 *
 *   request  => producerGroup topic defaultTopic defaultTopicQueueNums queueId sysFlag
 *     bornTimestamp flag [properties] [reconsumeTimes] [unitMode] bornHost storeHost
 *     storeTimestamp [bname] [ns] [nsd] [oway] [lo] body
 *     producerGroup         => text
 *     topic                 => text
 *     defaultTopic          => text
 *     defaultTopicQueueNums => int32
 *     queueId               => int32
 *     sysFlag               => int32
 *     bornTimestamp         => int64, ms since 1970
 *     flag                  => int32
 *     properties            => text
 *     reconsumeTimes        => int32
 *     unitMode              => "true" | "false"
 *     bornHost              => text, host:port
 *     storeHost             => text, host:port
 *     storeTimestamp        => int64, ms since 1970
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *     body => the answer's body, compressed if sysFlag says so
 *   response => nothing
 *
 * Source: ReplyMessageRequestHeader.java.
 */
export const pushReplyMessageToClient = defineCommand({
  code: 326,
  name: 'PUSH_REPLY_MESSAGE_TO_CLIENT',
  request: {
    producerGroup: text(),
    topic: text(),
    defaultTopic: text(),
    defaultTopicQueueNums: int32(),
    queueId: int32(),
    sysFlag: int32(),
    bornTimestamp: int64(),
    flag: int32(),
    properties: text({ optional: true }),
    reconsumeTimes: int32({ optional: true }),
    unitMode: bool({ optional: true }),
    bornHost: text(),
    storeHost: text(),
    storeTimestamp: int64(),
    ...topicFields,
  },
});
