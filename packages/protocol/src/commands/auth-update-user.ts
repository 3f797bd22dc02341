import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_UPDATE_USER: changes a user (5.x).
 *
 *   request  => username body
 *     username => text
 *     body => UserInfo
 *   response => nothing
 *
 * Source: UpdateUserRequestHeader.java.
 */
export const authUpdateUser = defineCommand({
  code: 3002,
  name: 'AUTH_UPDATE_USER',
  request: {
    username: text(),
  },
});
