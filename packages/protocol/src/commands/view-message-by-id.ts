import { defineCommand, int64, text } from '../define-command.ts';

/**
 * VIEW_MESSAGE_BY_ID: the message at a physical offset.
 *
 *   request  => offset [topic]
 *     offset => int64, physical
 *     topic  => text, 5.x
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
  },
});
