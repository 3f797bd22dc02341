import { defineCommand, int64, text } from '../define-command.ts';

/**
 * UNREGISTER_BROKER: a broker tells a name server that it stops.
 *
 *   request  => brokerName brokerAddr clusterName brokerId
 *     brokerName  => text
 *     brokerAddr  => text, host:port
 *     clusterName => text
 *     brokerId    => int64
 *   response => nothing
 *
 * Source: UnRegisterBrokerRequestHeader.java.
 */
export const unregisterBroker = defineCommand({
  code: 104,
  name: 'UNREGISTER_BROKER',
  request: {
    brokerName: text(),
    brokerAddr: text(),
    clusterName: text(),
    brokerId: int64(),
  },
});
