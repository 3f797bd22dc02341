import { defineCommand, text } from '../define-command.ts';

/**
 * GET_BROKER_CLUSTER_ACL_INFO: versions of a broker's account files (4.x).
 *
 *   request  => nothing
 *   response => [version] [allAclFileVersion] brokerName brokerAddr clusterName
 *     version           => text, DataVersion as JSON
 *     allAclFileVersion => text, JSON, file to DataVersion
 *     brokerName        => text
 *     brokerAddr        => text
 *     clusterName       => text
 *
 * Source: GetBrokerAclConfigResponseHeader.java.
 */
export const getBrokerClusterAclInfo = defineCommand({
  code: 52,
  name: 'GET_BROKER_CLUSTER_ACL_INFO',
  response: {
    version: text({ optional: true }),
    allAclFileVersion: text({ optional: true }),
    brokerName: text(),
    brokerAddr: text(),
    clusterName: text(),
  },
});
