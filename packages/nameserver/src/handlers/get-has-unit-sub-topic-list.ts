import type { getHasUnitSubTopicList } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';
import { checkTopicListEnabled, topicListReply, topicsWhere, unitFlagsOf } from './topic-lists.ts';

export function handleGetHasUnitSubTopicList(
  state: NameServerState,
): Handler<typeof getHasUnitSubTopicList> {
  return () => {
    checkTopicListEnabled(state);
    return topicListReply(
      topicsWhere(state.routes, (queues) => unitFlagsOf(queues).hasUnitSubscription),
    );
  };
}
