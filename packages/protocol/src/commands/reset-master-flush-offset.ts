import { defineCommand, int64 } from '../define-command.ts';

/**
 * RESET_MASTER_FLUSH_OFFSET: where the master has flushed to (5.x).
 *
 *   request  => masterFlushOffset
 *     masterFlushOffset => int64, physical
 *   response => nothing
 *
 * Source: ResetMasterFlushOffsetHeader.java.
 */
export const resetMasterFlushOffset = defineCommand({
  code: 908,
  name: 'RESET_MASTER_FLUSH_OFFSET',
  request: {
    masterFlushOffset: int64(),
  },
});
