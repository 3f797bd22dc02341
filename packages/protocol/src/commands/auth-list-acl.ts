import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_LIST_ACL: policies of subjects (5.x).
 *
 *   request  => [subjectFilter] [resourceFilter]
 *     subjectFilter  => text
 *     resourceFilter => text
 *   response => body
 *     body => AclInfo list; absent when empty
 *
 * Source: ListAclsRequestHeader.java.
 */
export const authListAcl = defineCommand({
  code: 3010,
  name: 'AUTH_LIST_ACL',
  request: {
    subjectFilter: text({ optional: true }),
    resourceFilter: text({ optional: true }),
  },
});
