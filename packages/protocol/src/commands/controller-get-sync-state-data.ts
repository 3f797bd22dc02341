import { defineCommand } from '../define-command.ts';

/**
 * CONTROLLER_GET_SYNC_STATE_DATA: replicas of broker groups (5.x).
 *
 *   request  => body
 *     body => JSON array of broker names
 *   response => body
 *     body => BrokerReplicasInfo
 *
 * Source: BrokerReplicasInfo.java.
 */
export const controllerGetSyncStateData = defineCommand({
  code: 1006,
  name: 'CONTROLLER_GET_SYNC_STATE_DATA',
});
