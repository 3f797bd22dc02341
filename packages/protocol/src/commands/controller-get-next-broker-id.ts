import { defineCommand, int64, text } from '../define-command.ts';

/**
 * CONTROLLER_GET_NEXT_BROKER_ID: an id for a broker that joins (5.x).
 *
 *   request  => clusterName brokerName
 *     clusterName => text
 *     brokerName  => text
 *   response => [clusterName] [brokerName] [nextBrokerId]
 *     clusterName  => text
 *     brokerName   => text
 *     nextBrokerId => int64
 *
 * Source: GetNextBrokerIdRequestHeader.java, GetNextBrokerIdResponseHeader.java.
 */
export const controllerGetNextBrokerId = defineCommand({
  code: 1012,
  name: 'CONTROLLER_GET_NEXT_BROKER_ID',
  request: {
    clusterName: text(),
    brokerName: text(),
  },
  response: {
    clusterName: text({ optional: true }),
    brokerName: text({ optional: true }),
    nextBrokerId: int64({ optional: true }),
  },
});
