import { defineCommand, int32, int64, text } from '../define-command.ts';

/**
 * BROKER_HEARTBEAT: a light sign of life from a broker (5.x), one-way to name servers.
 *
 *   request  => clusterName brokerAddr brokerName [brokerId] [epoch] [maxOffset] [confirmOffset]
 *     [heartbeatTimeoutMills] [electionPriority]
 *     clusterName           => text
 *     brokerAddr            => text, host:port
 *     brokerName            => text
 *     brokerId              => int64
 *     epoch                 => int32
 *     maxOffset             => int64, physical
 *     confirmOffset         => int64, physical
 *     heartbeatTimeoutMills => int64
 *     electionPriority      => int32
 *   response => nothing
 *
 * Source: BrokerHeartbeatRequestHeader.java.
 */
export const brokerHeartbeat = defineCommand({
  code: 904,
  name: 'BROKER_HEARTBEAT',
  request: {
    clusterName: text(),
    brokerAddr: text(),
    brokerName: text(),
    brokerId: int64({ optional: true }),
    epoch: int32({ optional: true }),
    maxOffset: int64({ optional: true }),
    confirmOffset: int64({ optional: true }),
    heartbeatTimeoutMills: int64({ optional: true }),
    electionPriority: int32({ optional: true }),
  },
});
