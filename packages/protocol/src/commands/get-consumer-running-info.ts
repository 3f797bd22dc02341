import { bool, defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * GET_CONSUMER_RUNNING_INFO: what a consumer is doing; a broker relays it to the client.
 *
 *   request  => consumerGroup clientId [jstackEnable] [bname] [ns] [nsd] [oway]
 *     consumerGroup => text
 *     clientId      => text
 *     jstackEnable  => "true" | "false", also its stacks
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => body
 *     body => ConsumerRunningInfo
 *
 * Source: GetConsumerRunningInfoRequestHeader.java.
 */
export const getConsumerRunningInfo = defineCommand({
  code: 307,
  name: 'GET_CONSUMER_RUNNING_INFO',
  request: {
    consumerGroup: text(),
    clientId: text(),
    jstackEnable: bool({ optional: true }),
    ...rpcFields,
  },
});
