import { defineCommand, int64, text } from '../define-command.ts';

/**
 * CONTROLLER_APPLY_BROKER_ID: a broker takes an id (5.x).
 *
 *   request  => clusterName brokerName appliedBrokerId registerCheckCode
 *     clusterName       => text
 *     brokerName        => text
 *     appliedBrokerId   => int64
 *     registerCheckCode => text
 *   response => [clusterName] [brokerName]
 *     clusterName => text
 *     brokerName  => text
 *
 * Source: ApplyBrokerIdRequestHeader.java, ApplyBrokerIdResponseHeader.java.
 */
export const controllerApplyBrokerId = defineCommand({
  code: 1013,
  name: 'CONTROLLER_APPLY_BROKER_ID',
  request: {
    clusterName: text(),
    brokerName: text(),
    appliedBrokerId: int64(),
    registerCheckCode: text(),
  },
  response: {
    clusterName: text({ optional: true }),
    brokerName: text({ optional: true }),
  },
});
