import { bool, defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * UPDATE_AND_GET_GROUP_FORBIDDEN: whether a group may read a topic (5.x).
 *
 *   request  => group topic [readable] [bname] [ns] [nsd] [oway] [lo]
 *     group    => text
 *     topic    => text
 *     readable => "true" | "false", sets it
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => GroupForbidden
 *
 * Source: UpdateGroupForbiddenRequestHeader.java.
 */
export const updateAndGetGroupForbidden = defineCommand({
  code: 353,
  name: 'UPDATE_AND_GET_GROUP_FORBIDDEN',
  request: {
    group: text(),
    topic: text(),
    readable: bool({ optional: true }),
    ...topicFields,
  },
});
