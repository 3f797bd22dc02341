import { defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * GET_EARLIEST_MSG_STORETIME: when the first message that a queue still holds was stored.
 *
 *   request  => topic queueId [bname] [ns] [nsd] [oway] [lo]
 *     topic   => text
 *     queueId => int32
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => timestamp
 *     timestamp => int64, ms since 1970, -1 for none
 *
 * Source: GetEarliestMsgStoretimeRequestHeader.java, GetEarliestMsgStoretimeResponseHeader.java.
 */
export const getEarliestMsgStoreTime = defineCommand({
  code: 32,
  name: 'GET_EARLIEST_MSG_STORETIME',
  request: {
    topic: text(),
    queueId: int32(),
    ...topicFields,
  },
  response: {
    timestamp: int64(),
  },
});
