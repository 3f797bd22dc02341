import { defineCommand } from '../define-command.ts';

/**
 * GET_NAMESRV_CONFIG: all settings of a name server.
 *
 *   request  => nothing
 *   response => body
 *     body => properties text, one key=value a line
 *
 * Source: DefaultRequestProcessor.java.
 */
export const getNameServerConfig = defineCommand({
  code: 319,
  name: 'GET_NAMESRV_CONFIG',
});
