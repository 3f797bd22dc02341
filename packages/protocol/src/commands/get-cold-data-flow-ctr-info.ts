import { defineCommand } from '../define-command.ts';

/**
 * GET_COLD_DATA_FLOW_CTR_INFO: limits of cold reads and what was read (5.x).
 *
 *   request  => nothing
 *   response => body
 *     body => JSON
 *
 * Source: AdminBrokerProcessor.java.
 */
export const getColdDataFlowCtrInfo = defineCommand({
  code: 2003,
  name: 'GET_COLD_DATA_FLOW_CTR_INFO',
});
