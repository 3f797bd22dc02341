import { bool, defineCommand, int32, int64, text } from '../define-command.ts';

/**
 * REGISTER_BROKER: a broker tells a name server that it lives and what it serves.
 *
 *   request  => brokerName brokerAddr clusterName haServerAddr brokerId [compressed] [bodyCrc32]
 *     [heartbeatTimeoutMillis] [enableActingMaster] body
 *     brokerName             => text
 *     brokerAddr             => text, host:port
 *     clusterName            => text
 *     haServerAddr           => text, host:port of the replication stream
 *     brokerId               => int64, 0 is the master
 *     compressed             => "true" | "false", absent means "false"
 *     bodyCrc32              => int32, absent means 0, of the body as sent, in [0, 2^31); 0 is not
 *                               checked
 *     heartbeatTimeoutMillis => int64, 5.x, after which this broker counts as gone
 *     enableActingMaster     => "true" | "false", 5.x
 *     body => RegisterBrokerBody, see bodies/register-broker-body.ts
 *   response => [haServerAddr] [masterAddr] body
 *     haServerAddr => text, of the master, when a slave registers
 *     masterAddr   => text, of the master, when a slave registers
 *     body => KVTable of ORDER_TOPIC_CONFIG; absent when that is empty
 *
 * Source: RegisterBrokerRequestHeader.java, RegisterBrokerResponseHeader.java.
 */
export const registerBroker = defineCommand({
  code: 103,
  name: 'REGISTER_BROKER',
  request: {
    brokerName: text(),
    brokerAddr: text(),
    clusterName: text(),
    haServerAddr: text(),
    brokerId: int64(),
    compressed: bool({ absent: false }),
    bodyCrc32: int32({ absent: 0 }),
    heartbeatTimeoutMillis: int64({ optional: true }),
    enableActingMaster: bool({ optional: true }),
  },
  response: {
    haServerAddr: text({ optional: true }),
    masterAddr: text({ optional: true }),
  },
});
