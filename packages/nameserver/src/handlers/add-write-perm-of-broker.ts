import { type addWritePermOfBroker, Permission } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

/** Sets read and write, and takes away inheriting, as Apache does. */
export function handleAddWritePermOfBroker({
  routes,
  log,
}: NameServerState): Handler<typeof addWritePermOfBroker> {
  return ({ brokerName }) => {
    const readAndWrite = Permission.read | Permission.write;
    const addTopicCount = routes.changePermissions(brokerName, () => readAndWrite);
    log.info({ brokerName, topics: addTopicCount }, 'write permission of broker given');
    return { addTopicCount };
  };
}
