import { defineCommand } from '../define-command.ts';

/**
 * UPDATE_NAMESRV_CONFIG: changes settings of a name server.
 *
 *   request  => body
 *     body => properties text
 *   response => nothing
 *
 * Source: DefaultRequestProcessor.java.
 */
export const updateNameServerConfig = defineCommand({
  code: 318,
  name: 'UPDATE_NAMESRV_CONFIG',
});
