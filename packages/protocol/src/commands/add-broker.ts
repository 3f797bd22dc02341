import { defineCommand, text } from '../define-command.ts';

/**
 * ADD_BROKER: a broker container starts a broker (5.x).
 *
 *   request  => configPath
 *     configPath => text
 *   response => nothing
 *
 * Source: AddBrokerRequestHeader.java.
 */
export const addBroker = defineCommand({
  code: 902,
  name: 'ADD_BROKER',
  request: {
    configPath: text(),
  },
});
