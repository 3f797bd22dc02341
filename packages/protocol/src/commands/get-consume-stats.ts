import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * GET_CONSUME_STATS: how far a group has consumed.
 *
 *   request  => consumerGroup [topic] [topicList] [bname] [ns] [nsd] [oway] [lo]
 *     consumerGroup => text
 *     topic         => text
 *     topicList     => text, 5.x, names each ended by ";"
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => ConsumeStats
 *
 * Source: GetConsumeStatsRequestHeader.java.
 */
export const getConsumeStats = defineCommand({
  code: 208,
  name: 'GET_CONSUME_STATS',
  request: {
    consumerGroup: text(),
    topic: text({ optional: true }),
    topicList: text({ optional: true }),
    ...topicFields,
  },
});
