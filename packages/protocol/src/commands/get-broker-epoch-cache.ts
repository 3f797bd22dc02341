import { defineCommand } from '../define-command.ts';

/**
 * GET_BROKER_EPOCH_CACHE: who was master from which offset on (5.x).
 *
 *   request  => nothing
 *   response => body
 *     body => EpochEntryCache
 *
 * Source: EpochEntryCache.java.
 */
export const getBrokerEpochCache = defineCommand({
  code: 1007,
  name: 'GET_BROKER_EPOCH_CACHE',
});
