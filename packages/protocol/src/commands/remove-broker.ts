import { defineCommand, int64, text } from '../define-command.ts';

/**
 * REMOVE_BROKER: a broker container stops a broker (5.x).
 *
 *   request  => brokerName brokerClusterName brokerId
 *     brokerName        => text
 *     brokerClusterName => text
 *     brokerId          => int64
 *   response => nothing
 *
 * Source: RemoveBrokerRequestHeader.java.
 */
export const removeBroker = defineCommand({
  code: 903,
  name: 'REMOVE_BROKER',
  request: {
    brokerName: text(),
    brokerClusterName: text(),
    brokerId: int64(),
  },
});
