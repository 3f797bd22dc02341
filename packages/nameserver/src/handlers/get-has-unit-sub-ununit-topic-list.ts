import type { getHasUnitSubUnunitTopicList } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';
import { checkTopicListEnabled, topicListReply, topicsWhere, unitFlagsOf } from './topic-lists.ts';

export function handleGetHasUnitSubUnunitTopicList(
  state: NameServerState,
): Handler<typeof getHasUnitSubUnunitTopicList> {
  return () => {
    checkTopicListEnabled(state);
    const topics = topicsWhere(state.routes, (queues) => {
      const { isUnit, hasUnitSubscription } = unitFlagsOf(queues);
      return hasUnitSubscription && !isUnit;
    });
    return topicListReply(topics);
  };
}
