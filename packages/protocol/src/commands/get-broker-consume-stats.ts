import { bool, defineCommand } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * GET_BROKER_CONSUME_STATS: how far all groups have consumed.
 *
 *   request  => [isOrder] [bname] [ns] [nsd] [oway]
 *     isOrder => "true" | "false", absent means "false", only order topics
 *     bname, ns, nsd, oway as in base-fields.ts
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
    ...rpcFields,
  },
});
