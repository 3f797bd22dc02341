import { defineCommand, text } from '../define-command.ts';

/**
 * VIEW_BROKER_STATS_DATA: rates of one counter over a minute, an hour and a day.
 *
 *   request  => statsName statsKey
 *     statsName => text
 *     statsKey  => text
 *   response => body
 *     body => BrokerStatsData
 *
 * Source: ViewBrokerStatsDataRequestHeader.java.
 */
export const viewBrokerStatsData = defineCommand({
  code: 315,
  name: 'VIEW_BROKER_STATS_DATA',
  request: {
    statsName: text(),
    statsKey: text(),
  },
});
