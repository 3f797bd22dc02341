import { defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * GET_PRODUCER_CONNECTION_LIST: clients of a producer group.
 *
 *   request  => producerGroup [bname] [ns] [nsd] [oway]
 *     producerGroup => text
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => body
 *     body => ProducerConnection
 *
 * Source: GetProducerConnectionListRequestHeader.java.
 */
export const getProducerConnectionList = defineCommand({
  code: 204,
  name: 'GET_PRODUCER_CONNECTION_LIST',
  request: {
    producerGroup: text(),
    ...rpcFields,
  },
});
