import { defineCommand } from '../define-command.ts';

/**
 * GET_ALL_CONSUMER_OFFSET: offsets of all groups, for slaves.
 *
 *   request  => nothing
 *   response => body
 *     body => ConsumerOffsetSerializeWrapper
 *
 * Source: ConsumerOffsetSerializeWrapper.java.
 */
export const getAllConsumerOffset = defineCommand({
  code: 43,
  name: 'GET_ALL_CONSUMER_OFFSET',
});
