import { defineCommand } from '../define-command.ts';

/**
 * REMOVE_COLD_DATA_FLOW_CTR_CONFIG: removes the limit of a group (5.x).
 *
 *   request  => body
 *     body => name of the group
 *   response => nothing
 *
 * Source: AdminBrokerProcessor.java.
 */
export const removeColdDataFlowCtrConfig = defineCommand({
  code: 2002,
  name: 'REMOVE_COLD_DATA_FLOW_CTR_CONFIG',
});
