import { defineCommand, int32, text } from '../define-command.ts';

/**
 * GET_ALL_SUBSCRIPTIONGROUP_CONFIG: all consumer groups of a broker, in portions when a field is
 * given (5.x).
 *
 *   request  => [groupSeq] [dataVersion] [maxGroupNum]
 *     groupSeq    => int32, 5.x, first group
 *     dataVersion => text, 5.x, JSON of the portion before
 *     maxGroupNum => int32, 5.x
 *   response => [totalGroupNum] body
 *     totalGroupNum => int32, 5.x
 *     body => SubscriptionGroupWrapper
 *
 * Source: GetAllSubscriptionGroupRequestHeader.java, GetAllSubscriptionGroupResponseHeader.java.
 */
export const getAllSubscriptionGroupConfig = defineCommand({
  code: 201,
  name: 'GET_ALL_SUBSCRIPTIONGROUP_CONFIG',
  request: {
    groupSeq: int32({ optional: true }),
    dataVersion: text({ optional: true }),
    maxGroupNum: int32({ optional: true }),
  },
  response: {
    totalGroupNum: int32({ optional: true }),
  },
});
