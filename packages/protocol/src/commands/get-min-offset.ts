import { defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * GET_MIN_OFFSET: the first message that a queue still holds.
 *
 *   request  => topic queueId [bname] [ns] [nsd] [oway] [lo]
 *     topic   => text
 *     queueId => int32
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => offset
 *     offset => int64, in messages
 *
 * Source: GetMinOffsetRequestHeader.java, GetMinOffsetResponseHeader.java.
 */
export const getMinOffset = defineCommand({
  code: 31,
  name: 'GET_MIN_OFFSET',
  request: {
    topic: text(),
    queueId: int32(),
    ...topicFields,
  },
  response: {
    offset: int64(),
  },
});
