import { defineCommand } from '../define-command.ts';

/**
 * GET_ALL_PRODUCER_INFO: clients of all producer groups.
 *
 *   request  => nothing
 *   response => body
 *     body => ProducerTableInfo
 *
 * Source: GetAllProducerInfoRequestHeader.java.
 */
export const getAllProducerInfo = defineCommand({
  code: 328,
  name: 'GET_ALL_PRODUCER_INFO',
});
