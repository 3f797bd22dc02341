import { defineCommand } from '../define-command.ts';

/**
 * GET_BROKER_CLUSTER_INFO: all clusters and brokers that a name server knows.
 *
 *   request  => nothing
 *   response => body
 *     body => ClusterInfo
 *
 * Source: ClusterInfo.java.
 */
export const getBrokerClusterInfo = defineCommand({
  code: 106,
  name: 'GET_BROKER_CLUSTER_INFO',
});
