import { bool, defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * DELETE_SUBSCRIPTIONGROUP: deletes a consumer group.
 *
 *   request  => groupName [removeOffset] [cleanOffset] [bname] [ns] [nsd] [oway]
 *     groupName    => text
 *     removeOffset => "true" | "false", also its offsets, the name in 4.9
 *     cleanOffset  => "true" | "false", also its offsets, the name in 5.x
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => nothing
 *
 * Source: DeleteSubscriptionGroupRequestHeader.java.
 */
export const deleteSubscriptionGroup = defineCommand({
  code: 207,
  name: 'DELETE_SUBSCRIPTIONGROUP',
  request: {
    groupName: text(),
    removeOffset: bool({ optional: true }),
    cleanOffset: bool({ optional: true }),
    ...rpcFields,
  },
});
