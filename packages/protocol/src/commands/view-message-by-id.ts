import { defineCommand, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * VIEW_MESSAGE_BY_ID: the message at a physical offset.
 *
 *   request  => offset [topic] [bname] [ns] [nsd] [oway] [lo]
 *     offset => int64, physical
 *     topic  => text, 5.x
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => one record
 *
 * Source: ViewMessageRequestHeader.java.
 */
export const viewMessageById = defineCommand({
  code: 33,
  name: 'VIEW_MESSAGE_BY_ID',
  request: {
    offset: int64(),
    topic: text({ optional: true }),
    ...topicFields,
  },
});
