import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_DELETE_USER: deletes a user (5.x).
 *
 *   request  => username
 *     username => text
 *   response => nothing
 *
 * Source: DeleteUserRequestHeader.java.
 */
export const authDeleteUser = defineCommand({
  code: 3003,
  name: 'AUTH_DELETE_USER',
  request: {
    username: text(),
  },
});
