import { bool, defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * QUERY_MESSAGE: messages with a key, or with a unique key.
 *
 *   request  => topic key maxNum beginTimestamp endTimestamp [indexType] [lastKey]
 *     [_UNIQUE_KEY_QUERY] [bname] [ns] [nsd] [oway] [lo]
 *     topic             => text
 *     key               => text
 *     maxNum            => int32
 *     beginTimestamp    => int64, ms since 1970
 *     endTimestamp      => int64, ms since 1970
 *     indexType         => text, 5.5, "K" for keys
 *     lastKey           => text, 5.5
 *     _UNIQUE_KEY_QUERY => "true" | "false", the key is a unique key; not signed by 4.9
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => indexLastUpdateTimestamp indexLastUpdatePhyoffset body
 *     indexLastUpdateTimestamp => int64, ms since 1970
 *     indexLastUpdatePhyoffset => int64, physical
 *     body => records one after another; hash collisions are among them
 *
 * Source: QueryMessageRequestHeader.java, QueryMessageResponseHeader.java.
 */
export const queryMessage = defineCommand({
  code: 12,
  name: 'QUERY_MESSAGE',
  request: {
    topic: text(),
    key: text(),
    maxNum: int32(),
    beginTimestamp: int64(),
    endTimestamp: int64(),
    indexType: text({ optional: true }),
    lastKey: text({ optional: true }),
    _UNIQUE_KEY_QUERY: bool({ optional: true }),
    ...topicFields,
  },
  response: {
    indexLastUpdateTimestamp: int64(),
    indexLastUpdatePhyoffset: int64(),
  },
});
