import { defineCommand } from '../define-command.ts';

/**
 * UPDATE_COLD_DATA_FLOW_CTR_CONFIG: limits cold reads of groups (5.x).
 *
 *   request  => body
 *     body => properties text, group=threshold
 *   response => nothing
 *
 * Source: AdminBrokerProcessor.java.
 */
export const updateColdDataFlowCtrConfig = defineCommand({
  code: 2001,
  name: 'UPDATE_COLD_DATA_FLOW_CTR_CONFIG',
});
