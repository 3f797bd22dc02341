import { defineCommand } from '../define-command.ts';

/**
 * POP_ROLLBACK: moves pop records back to the file store (5.x).
 *
 *   request  => nothing
 *   response => nothing
 *
 * Source: AdminBrokerProcessor.java.
 */
export const popRollback = defineCommand({
  code: 200056,
  name: 'POP_ROLLBACK',
});
