import { defineCommand, int32, int64, text } from '../define-command.ts';

/**
 * CONTROLLER_GET_REPLICA_INFO: who is master of a group (5.x).
 *
 *   request  => brokerName
 *     brokerName => text
 *   response => [masterBrokerId] [masterAddress] [masterEpoch] body
 *     masterBrokerId => int64
 *     masterAddress  => text
 *     masterEpoch    => int32
 *     body => SyncStateSet
 *
 * Source: GetReplicaInfoRequestHeader.java, GetReplicaInfoResponseHeader.java.
 */
export const controllerGetReplicaInfo = defineCommand({
  code: 1004,
  name: 'CONTROLLER_GET_REPLICA_INFO',
  request: {
    brokerName: text(),
  },
  response: {
    masterBrokerId: int64({ optional: true }),
    masterAddress: text({ optional: true }),
    masterEpoch: int32({ optional: true }),
  },
});
