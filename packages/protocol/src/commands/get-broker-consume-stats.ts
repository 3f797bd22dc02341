import { bool, defineCommand } from '../define-command.ts';

/**
 * GET_BROKER_CONSUME_STATS: how far all groups have consumed.
 *
 *   request  => [isOrder]
 *     isOrder => "true" | "false", absent means "false", only order topics
 *   response => body
 *     body => ConsumeStatsList
 *
 * Source: GetConsumeStatsInBrokerHeader.java.
 */
export const getBrokerConsumeStats = defineCommand({
  code: 317,
  name: 'GET_BROKER_CONSUME_STATS',
  request: {
    isOrder: bool({ absent: false }),
  },
});
