import { defineCommand, text } from '../define-command.ts';

/**
 * AUTH_DELETE_ACL: deletes policies of a subject (5.x).
 *
 *   request  => subject [policyType] [resource]
 *     subject    => text
 *     policyType => text
 *     resource   => text
 *   response => nothing
 *
 * Source: DeleteAclRequestHeader.java.
 */
export const authDeleteAcl = defineCommand({
  code: 3008,
  name: 'AUTH_DELETE_ACL',
  request: {
    subject: text(),
    policyType: text({ optional: true }),
    resource: text({ optional: true }),
  },
});
