import { defineCommand } from '../define-command.ts';

/**
 * UPDATE_CONTROLLER_CONFIG: changes settings of a controller (5.x).
 *
 *   request  => body
 *     body => properties text
 *   response => nothing
 *
 * Source: ControllerRequestProcessor.java.
 */
export const updateControllerConfig = defineCommand({
  code: 1009,
  name: 'UPDATE_CONTROLLER_CONFIG',
});
