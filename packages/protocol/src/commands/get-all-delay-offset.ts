import { defineCommand } from '../define-command.ts';

/**
 * GET_ALL_DELAY_OFFSET: how far delayed messages were delivered, for slaves.
 *
 *   request  => nothing
 *   response => body
 *     body => DelayOffsetSerializeWrapper
 *
 * Source: DelayOffsetSerializeWrapper.java.
 */
export const getAllDelayOffset = defineCommand({
  code: 45,
  name: 'GET_ALL_DELAY_OFFSET',
});
