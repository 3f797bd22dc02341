import { defineCommand, int32, int64, text } from '../define-command.ts';

/**
 * CONTROLLER_ALTER_SYNC_STATE_SET: a master names the replicas that are in sync (5.x).
 *
 *   request  => brokerName masterBrokerId masterEpoch [invokeTime] body
 *     brokerName     => text
 *     masterBrokerId => int64
 *     masterEpoch    => int32
 *     invokeTime     => int64, ms since 1970
 *     body => SyncStateSet
 *   response => newSyncStateSetEpoch body
 *     newSyncStateSetEpoch => int32
 *     body => SyncStateSet
 *
 * Source: AlterSyncStateSetRequestHeader.java, AlterSyncStateSetResponseHeader.java.
 */
export const controllerAlterSyncStateSet = defineCommand({
  code: 1001,
  name: 'CONTROLLER_ALTER_SYNC_STATE_SET',
  request: {
    brokerName: text(),
    masterBrokerId: int64(),
    masterEpoch: int32(),
    invokeTime: int64({ optional: true }),
  },
  response: {
    newSyncStateSetEpoch: int32(),
  },
});
