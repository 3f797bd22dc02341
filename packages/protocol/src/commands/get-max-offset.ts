import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * GET_MAX_OFFSET: where a queue's next message will go.
 *
 *   request  => topic queueId [committed] [bname] [ns] [nsd] [oway] [lo]
 *     topic     => text
 *     queueId   => int32
 *     committed => "true" | "false", absent means "true", 5.x
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => offset
 *     offset => int64, in messages
 *
 * Source: GetMaxOffsetRequestHeader.java, GetMaxOffsetResponseHeader.java.
 */
export const getMaxOffset = defineCommand({
  code: 30,
  name: 'GET_MAX_OFFSET',
  request: {
    topic: text(),
    queueId: int32(),
    committed: bool({ absent: true }),
    ...topicFields,
  },
  response: {
    offset: int64(),
  },
});
