import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_GET_USER: one user (5.x).
 *
 *   request  => username
 *     username => text
 *   response => body
 *     body => UserInfo; absent when unknown
 *
 * Source: GetUserRequestHeader.java.
 */
export const authGetUser = defineCommand({
  code: 3004,
  name: 'AUTH_GET_USER',
  request: {
    username: text(),
  },
});
