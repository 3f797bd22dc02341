import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_UPDATE_ACL: changes the policies of a subject (5.x).
 *
 *   request  => subject body
 *     subject => text
 *     body => AclInfo
 *   response => nothing
 *
 * Source: UpdateAclRequestHeader.java.
 */
export const authUpdateAcl = defineCommand({
  code: 3007,
  name: 'AUTH_UPDATE_ACL',
  request: {
    subject: text(),
  },
});
