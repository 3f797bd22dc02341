import { defineCommand, text } from '../define-command.ts';

/**
 * DELETE_ACL_CONFIG: deletes an account (4.x).
 *
 *   request  => accessKey
 *     accessKey => text
 *   response => nothing
 *
 * Source: DeleteAccessConfigRequestHeader.java.
 */
export const deleteAclConfig = defineCommand({
  code: 51,
  name: 'DELETE_ACL_CONFIG',
  request: {
    accessKey: text(),
  },
});
