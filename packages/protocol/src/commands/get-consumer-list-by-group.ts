import { defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * GET_CONSUMER_LIST_BY_GROUP: client ids of a consumer group.
 *
 *   request  => consumerGroup [bname] [ns] [nsd] [oway]
 *     consumerGroup => text
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => body
 *     body => ConsumerIdList
 *
 * Source: GetConsumerListByGroupRequestHeader.java, GetConsumerListByGroupResponseBody.java.
 */
export const getConsumerListByGroup = defineCommand({
  code: 38,
  name: 'GET_CONSUMER_LIST_BY_GROUP',
  request: {
    consumerGroup: text(),
    ...rpcFields,
  },
});
