import { defineCommand } from '../define-command.ts';

/**
 * UPDATE_BROKER_CONFIG: changes settings of a broker.
 *
 *   request  => body
 *     body => properties text
 *   response => nothing
 *
 * Source: AdminBrokerProcessor.java.
 */
export const updateBrokerConfig = defineCommand({
  code: 25,
  name: 'UPDATE_BROKER_CONFIG',
});
