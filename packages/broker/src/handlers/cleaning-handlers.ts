/** Files that nobody needs, removed when an administrator says so. Source: AdminBrokerProcessor.java, DefaultMessageStore.java. */
import {
  cleanExpiredConsumeQueue,
  cleanUnusedTopic,
  deleteExpiredCommitLog,
  isSystemTopic,
  SystemTopic,
} from '@orbitmq/protocol';
import type { Handler, RemotingServer } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';

export function registerCleaningHandlers(server: RemotingServer, context: BrokerContext): void {
  server.register(cleanExpiredConsumeQueue, handleCleanExpiredQueues(context));
  server.register(cleanUnusedTopic, handleCleanUnusedTopics(context));
  server.register(deleteExpiredCommitLog, handleDeleteExpiredLog(context));
}

/** Queues whose messages are all gone from the log; those of delay levels go on where they are. */
function handleCleanExpiredQueues({
  store,
  log,
}: BrokerContext): Handler<typeof cleanExpiredConsumeQueue> {
  return async () => {
    const queues = await store.cleanExpiredConsumeQueues((topic) => topic === SystemTopic.schedule);
    log.info({ queues }, 'expired consume queues removed by command');
  };
}

/** Queues of topics that have no configuration any more. */
function handleCleanUnusedTopics({
  store,
  topics,
  log,
}: BrokerContext): Handler<typeof cleanUnusedTopic> {
  return async () => {
    const unused = [...store.topics()].filter(
      (topic) => topics.byName(topic) === undefined && !isSystemTopic(topic),
    );
    for (const topic of unused) {
      // One that was made while others were removed is used.
      if (topics.byName(topic) !== undefined) continue;
      await store.deleteTopic(topic);
      log.info({ topic }, 'queues of an unused topic removed by command');
    }
  };
}

function handleDeleteExpiredLog({
  store,
  log,
}: BrokerContext): Handler<typeof deleteExpiredCommitLog> {
  return async () => {
    await store.deleteExpiredFiles();
    log.info({ minPhysicalOffset: store.minPhysicalOffset }, 'expired files removed by command');
  };
}
