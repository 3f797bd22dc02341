import { defineCommand } from '../define-command.ts';

/**
 * GET_CONTROLLER_CONFIG: all settings of a controller (5.x).
 *
 *   request  => nothing
 *   response => body
 *     body => properties text
 *
 * Source: ControllerRequestProcessor.java.
 */
export const getControllerConfig = defineCommand({
  code: 1010,
  name: 'GET_CONTROLLER_CONFIG',
});
