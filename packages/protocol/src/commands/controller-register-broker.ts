import { defineCommand, int32, int64, text } from '../define-command.ts';

/**
 * CONTROLLER_REGISTER_BROKER: a broker joins its group (5.x).
 *
 *   request  => clusterName brokerName brokerId brokerAddress [invokeTime]
 *     clusterName   => text
 *     brokerName    => text
 *     brokerId      => int64
 *     brokerAddress => text
 *     invokeTime    => int64, ms since 1970
 *   response => [clusterName] [brokerName] [masterBrokerId] [masterAddress] [masterEpoch]
 *     [syncStateSetEpoch] body
 *     clusterName       => text
 *     brokerName        => text
 *     masterBrokerId    => int64
 *     masterAddress     => text
 *     masterEpoch       => int32
 *     syncStateSetEpoch => int32
 *     body => SyncStateSet
 *
 * Source: RegisterBrokerToControllerRequestHeader.java,
 * RegisterBrokerToControllerResponseHeader.java.
 */
export const controllerRegisterBroker = defineCommand({
  code: 1003,
  name: 'CONTROLLER_REGISTER_BROKER',
  request: {
    clusterName: text(),
    brokerName: text(),
    brokerId: int64(),
    brokerAddress: text(),
    invokeTime: int64({ optional: true }),
  },
  response: {
    clusterName: text({ optional: true }),
    brokerName: text({ optional: true }),
    masterBrokerId: int64({ optional: true }),
    masterAddress: text({ optional: true }),
    masterEpoch: int32({ optional: true }),
    syncStateSetEpoch: int32({ optional: true }),
  },
});
