import { bool, defineCommand, int64, text } from '../define-command.ts';

/**
 * QUERY_DATA_VERSION: whether a broker's topics changed since it last registered.
 *
 *   request  => brokerName brokerAddr clusterName brokerId body
 *     brokerName  => text
 *     brokerAddr  => text, host:port
 *     clusterName => text
 *     brokerId    => int64
 *     body => DataVersion of the broker
 *   response => changed body
 *     changed => "true" | "false"
 *     body => DataVersion that the name server holds; absent when it holds none
 *
 * Source: QueryDataVersionRequestHeader.java, QueryDataVersionResponseHeader.java.
 */
export const queryDataVersion = defineCommand({
  code: 322,
  name: 'QUERY_DATA_VERSION',
  request: {
    brokerName: text(),
    brokerAddr: text(),
    clusterName: text(),
    brokerId: int64(),
  },
  response: {
    changed: bool(),
  },
});
