import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * QUERY_CONSUME_TIME_SPAN: times of the messages that a group has consumed last.
 *
 *   request  => topic group [bname] [ns] [nsd] [oway] [lo]
 *     topic => text
 *     group => text
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => QueryConsumeTimeSpanBody
 *
 * Source: QueryConsumeTimeSpanRequestHeader.java.
 */
export const queryConsumeTimeSpan = defineCommand({
  code: 303,
  name: 'QUERY_CONSUME_TIME_SPAN',
  request: {
    topic: text(),
    group: text(),
    ...topicFields,
  },
});
