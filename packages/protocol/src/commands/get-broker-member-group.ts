import { defineCommand, text } from '../define-command.ts';

/**
 * GET_BROKER_MEMBER_GROUP: master and slaves of one broker name (5.x).
 *
 *   request  => clusterName brokerName
 *     clusterName => text
 *     brokerName  => text
 *   response => body
 *     body => BrokerMemberGroup
 *
 * Source: GetBrokerMemberGroupRequestHeader.java.
 */
export const getBrokerMemberGroup = defineCommand({
  code: 901,
  name: 'GET_BROKER_MEMBER_GROUP',
  request: {
    clusterName: text(),
    brokerName: text(),
  },
});
