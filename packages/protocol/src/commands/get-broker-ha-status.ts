import { defineCommand } from '../define-command.ts';

/**
 * GET_BROKER_HA_STATUS: state of the replication (5.x).
 *
 *   request  => nothing
 *   response => body
 *     body => HaRuntimeInfo
 *
 * Source: HARuntimeInfo.java.
 */
export const getBrokerHaStatus = defineCommand({
  code: 907,
  name: 'GET_BROKER_HA_STATUS',
});
