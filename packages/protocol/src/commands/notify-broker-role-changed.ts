import { defineCommand, int32, int64, text } from '../define-command.ts';

/**
 * NOTIFY_BROKER_ROLE_CHANGED: a controller tells a broker who is master (5.x).
 *
 *   request  => [masterAddress] [masterEpoch] [syncStateSetEpoch] [masterBrokerId] body
 *     masterAddress     => text
 *     masterEpoch       => int32
 *     syncStateSetEpoch => int32
 *     masterBrokerId    => int64
 *     body => SyncStateSet
 *   response => nothing
 *
 * Source: NotifyBrokerRoleChangedRequestHeader.java.
 */
export const notifyBrokerRoleChanged = defineCommand({
  code: 1008,
  name: 'NOTIFY_BROKER_ROLE_CHANGED',
  request: {
    masterAddress: text({ optional: true }),
    masterEpoch: int32({ optional: true }),
    syncStateSetEpoch: int32({ optional: true }),
    masterBrokerId: int64({ optional: true }),
  },
});
