import { defineCommand } from '../define-command.ts';

/**
 * GET_BROKER_RUNTIME_INFO: counters and state of a broker.
 *
 *   request  => nothing
 *   response => body
 *     body => KVTable
 *
 * Source: AdminBrokerProcessor.java.
 */
export const getBrokerRuntimeInfo = defineCommand({
  code: 28,
  name: 'GET_BROKER_RUNTIME_INFO',
});
