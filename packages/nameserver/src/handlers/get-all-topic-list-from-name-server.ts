import { type getAllTopicListFromNameServer, ResponseCode } from '@orbitmq/protocol';
import { type Handler, ResponseError } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';
import { topicListReply } from './topic-lists.ts';

export function handleGetAllTopicListFromNameServer({
  routes,
  config,
}: NameServerState): Handler<typeof getAllTopicListFromNameServer> {
  return () => {
    if (!config.settings.enableAllTopicList) {
      throw new ResponseError(ResponseCode.SYSTEM_ERROR, 'disable');
    }
    return topicListReply([...routes.topics.keys()]);
  };
}
