import { defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * GET_CONSUMER_CONNECTION_LIST: clients of a consumer group and what they subscribe.
 *
 *   request  => consumerGroup [bname] [ns] [nsd] [oway]
 *     consumerGroup => text
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => body
 *     body => ConsumerConnection
 *
 * Source: GetConsumerConnectionListRequestHeader.java.
 */
export const getConsumerConnectionList = defineCommand({
  code: 203,
  name: 'GET_CONSUMER_CONNECTION_LIST',
  request: {
    consumerGroup: text(),
    ...rpcFields,
  },
});
