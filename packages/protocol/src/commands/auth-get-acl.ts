import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_GET_ACL: policies of a subject (5.x).
 *
 *   request  => subject
 *     subject => text
 *   response => body
 *     body => AclInfo; absent when unknown
 *
 * Source: GetAclRequestHeader.java.
 */
export const authGetAcl = defineCommand({
  code: 3009,
  name: 'AUTH_GET_ACL',
  request: {
    subject: text(),
  },
});
