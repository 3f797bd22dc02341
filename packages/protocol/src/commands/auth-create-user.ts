import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_CREATE_USER: creates a user (5.x).
 *
 *   request  => username body
 *     username => text
 *     body => UserInfo
 *   response => nothing
 *
 * Source: CreateUserRequestHeader.java.
 */
export const authCreateUser = defineCommand({
  code: 3001,
  name: 'AUTH_CREATE_USER',
  request: {
    username: text(),
  },
});
