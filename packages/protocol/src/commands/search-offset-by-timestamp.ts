import { defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * SEARCH_OFFSET_BY_TIMESTAMP: the first message of a queue that was stored at a time or later.
 *
 *   request  => topic queueId timestamp [boundaryType] [liteTopic] [bname] [ns] [nsd] [oway] [lo]
 *     topic        => text
 *     queueId      => int32
 *     timestamp    => int64, ms since 1970
 *     boundaryType => text, 5.x, "lower" or "upper" of several at that time
 *     liteTopic    => text, 5.5
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => offset
 *     offset => int64, in messages
 *
 * Source: SearchOffsetRequestHeader.java, SearchOffsetResponseHeader.java.
 */
export const searchOffsetByTimestamp = defineCommand({
  code: 29,
  name: 'SEARCH_OFFSET_BY_TIMESTAMP',
  request: {
    topic: text(),
    queueId: int32(),
    timestamp: int64(),
    boundaryType: text({ optional: true }),
    liteTopic: text({ optional: true }),
    ...topicFields,
  },
  response: {
    offset: int64(),
  },
});
