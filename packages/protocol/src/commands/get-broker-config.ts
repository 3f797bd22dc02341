import { defineCommand, text } from '../define-command.ts';

/**
 * GET_BROKER_CONFIG: all settings of a broker.
 *
 *   request  => nothing
 *   response => version body
 *     version => text, DataVersion as JSON
 *     body => properties text, one key=value a line
 *
 * Source: GetBrokerConfigResponseHeader.java.
 */
export const getBrokerConfig = defineCommand({
  code: 26,
  name: 'GET_BROKER_CONFIG',
  response: {
    version: text(),
  },
});
