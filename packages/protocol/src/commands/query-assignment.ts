import { defineCommand } from '../define-command.ts';

/**
 * QUERY_ASSIGNMENT: the queues that a broker assigns to a client (5.x).
 *
 *   request  => body
 *     body => QueryAssignmentRequestBody
 *   response => body
 *     body => QueryAssignmentResponseBody
 *
 * Source: QueryAssignmentRequestBody.java, QueryAssignmentResponseBody.java.
 */
export const queryAssignment = defineCommand({
  code: 400,
  name: 'QUERY_ASSIGNMENT',
});
