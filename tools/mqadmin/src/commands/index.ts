import type { AdminCommand } from '../command.ts';
import { clusterList } from './cluster-list.ts';
import { consumerProgress } from './consumer-progress.ts';
import { sendMessage } from './send-message.ts';
import { topicList } from './topic-list.ts';
import { topicRoute } from './topic-route.ts';
import { topicStatus } from './topic-status.ts';
import { updateTopic } from './update-topic.ts';

/** In the order in which they are listed. */
export const COMMANDS: readonly AdminCommand[] = [
  updateTopic,
  topicList,
  topicRoute,
  topicStatus,
  clusterList,
  consumerProgress,
  sendMessage,
];
