import { bool, defineCommand, int32, int64, text } from '../define-command.ts';

/**
 * CONTROLLER_ELECT_MASTER: elects a master (5.x).
 *
 *   request  => clusterName brokerName [brokerId] [designateElect] [invokeTime]
 *     clusterName    => text
 *     brokerName     => text
 *     brokerId       => int64
 *     designateElect => "true" | "false"
 *     invokeTime     => int64, ms since 1970
 *   response => [masterBrokerId] [masterAddress] [masterEpoch] [syncStateSetEpoch] body
 *     masterBrokerId    => int64
 *     masterAddress     => text
 *     masterEpoch       => int32
 *     syncStateSetEpoch => int32
 *     body => ElectMasterResponseBody
 *
 * Source: ElectMasterRequestHeader.java, ElectMasterResponseHeader.java.
 */
export const controllerElectMaster = defineCommand({
  code: 1002,
  name: 'CONTROLLER_ELECT_MASTER',
  request: {
    clusterName: text(),
    brokerName: text(),
    brokerId: int64({ optional: true }),
    designateElect: bool({ optional: true }),
    invokeTime: int64({ optional: true }),
  },
  response: {
    masterBrokerId: int64({ optional: true }),
    masterAddress: text({ optional: true }),
    masterEpoch: int32({ optional: true }),
    syncStateSetEpoch: int32({ optional: true }),
  },
});
