import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_LIST_USER: users whose names contain a text (5.x).
 *
 *   request  => [filter]
 *     filter => text
 *   response => body
 *     body => UserInfo list; absent when empty
 *
 * Source: ListUsersRequestHeader.java.
 */
export const authListUser = defineCommand({
  code: 3005,
  name: 'AUTH_LIST_USER',
  request: {
    filter: text({ optional: true }),
  },
});
