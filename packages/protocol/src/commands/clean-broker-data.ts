import { bool, defineCommand, int64, text } from '../define-command.ts';

/**
 * CLEAN_BROKER_DATA: a controller forgets brokers (5.x).
 *
 *   request  => [clusterName] brokerName [brokerControllerIdsToClean] [isCleanLivingBroker]
 *     [invokeTime]
 *     clusterName                => text
 *     brokerName                 => text
 *     brokerControllerIdsToClean => text, ids joined by ";"
 *     isCleanLivingBroker        => "true" | "false", absent means "false"
 *     invokeTime                 => int64, ms since 1970
 *   response => nothing
 *
 * Source: CleanControllerBrokerDataRequestHeader.java.
 */
export const cleanBrokerData = defineCommand({
  code: 1011,
  name: 'CLEAN_BROKER_DATA',
  request: {
    clusterName: text({ optional: true }),
    brokerName: text(),
    brokerControllerIdsToClean: text({ optional: true }),
    isCleanLivingBroker: bool({ absent: false }),
    invokeTime: int64({ optional: true }),
  },
});
