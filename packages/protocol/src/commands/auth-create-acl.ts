import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_CREATE_ACL: creates the policies of a subject (5.x).
 *
 *   request  => subject body
 *     subject => text
 *     body => AclInfo
 *   response => nothing
 *
 * Source: CreateAclRequestHeader.java.
 */
export const authCreateAcl = defineCommand({
  code: 3006,
  name: 'AUTH_CREATE_ACL',
  request: {
    subject: text(),
  },
});
