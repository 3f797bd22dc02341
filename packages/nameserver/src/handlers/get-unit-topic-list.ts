import type { getUnitTopicList } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';
import { checkTopicListEnabled, topicListReply, topicsWhere, unitFlagsOf } from './topic-lists.ts';

export function handleGetUnitTopicList(state: NameServerState): Handler<typeof getUnitTopicList> {
  return () => {
    checkTopicListEnabled(state);
    return topicListReply(topicsWhere(state.routes, (queues) => unitFlagsOf(queues).isUnit));
  };
}
