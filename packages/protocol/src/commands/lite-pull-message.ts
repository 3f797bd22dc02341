import { defineCommand, int32, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * LITE_PULL_MESSAGE: PULL_MESSAGE of lite pull consumers (5.x).
 *
 *   request  => consumerGroup topic queueId queueOffset maxMsgNums sysFlag commitOffset
 *     suspendTimeoutMillis [subscription] subVersion [expressionType] [maxMsgBytes]
 *     [requestSource] [proxyFrowardClientId] [liteTopic] [bname] [ns] [nsd] [oway] [lo]
 *     consumerGroup        => text
 *     topic                => text
 *     queueId              => int32
 *     queueOffset          => int64, where to start, in messages
 *     maxMsgNums           => int32
 *     sysFlag              => int32, 1 commit offset, 2 suspend, 4 subscription, 8 class filter, 16
 *                             lite pull
 *     commitOffset         => int64, to commit when bit 1 is set, in messages
 *     suspendTimeoutMillis => int64, how long the broker may hold the request
 *     subscription         => text, expression when bit 4 is set
 *     subVersion           => int64, ms since 1970; ns from Go clients
 *     expressionType       => text: "TAG" or "SQL92", absent means TAG
 *     maxMsgBytes          => int32, 5.x
 *     requestSource        => int32, 5.x, -1 SDK, 0 and more: kinds of proxy
 *     proxyFrowardClientId => text, 5.x, spelled so
 *     liteTopic            => text, 5.5
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => suggestWhichBrokerId nextBeginOffset minOffset maxOffset [offsetDelta]
 *     [topicSysFlag] [groupSysFlag] [forbiddenType] body
 *     suggestWhichBrokerId => int64, for the next pull, 0 is the master
 *     nextBeginOffset      => int64, where to go on, in messages
 *     minOffset            => int64, in messages
 *     maxOffset            => int64, in messages
 *     offsetDelta          => int64, 5.x, of static topics
 *     topicSysFlag         => int32, 5.x
 *     groupSysFlag         => int32, 5.x
 *     forbiddenType        => int32, 5.x, why code 16
 *     body => records one after another; absent without messages
 *
 * Source: PullMessageRequestHeader.java, PullMessageResponseHeader.java.
 */
export const litePullMessage = defineCommand({
  code: 361,
  name: 'LITE_PULL_MESSAGE',
  request: {
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    queueOffset: int64(),
    maxMsgNums: int32(),
    sysFlag: int32(),
    commitOffset: int64(),
    suspendTimeoutMillis: int64(),
    subscription: text({ optional: true }),
    subVersion: int64(),
    expressionType: text({ optional: true }),
    maxMsgBytes: int32({ optional: true }),
    requestSource: int32({ optional: true }),
    proxyFrowardClientId: text({ optional: true }),
    liteTopic: text({ optional: true }),
    ...topicFields,
  },
  response: {
    suggestWhichBrokerId: int64(),
    nextBeginOffset: int64(),
    minOffset: int64(),
    maxOffset: int64(),
    offsetDelta: int64({ optional: true }),
    topicSysFlag: int32({ optional: true }),
    groupSysFlag: int32({ optional: true }),
    forbiddenType: int32({ optional: true }),
  },
});
