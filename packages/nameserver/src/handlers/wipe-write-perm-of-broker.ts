import { Permission, type wipeWritePermOfBroker } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

/** Nothing is sent to the broker any more until it registers changed topics or gets the permission back. */
export function handleWipeWritePermOfBroker({
  routes,
  log,
}: NameServerState): Handler<typeof wipeWritePermOfBroker> {
  return ({ brokerName }) => {
    const wipeTopicCount = routes.changePermissions(brokerName, (perm) => perm & ~Permission.write);
    log.info({ brokerName, topics: wipeTopicCount }, 'write permission of broker wiped');
    return { wipeTopicCount };
  };
}
