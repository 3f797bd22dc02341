import type { brokerHeartbeat } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

/** A broker that is not registered stays unknown until it registers. */
export function handleBrokerHeartbeat({
  routes,
  clock,
}: NameServerState): Handler<typeof brokerHeartbeat> {
  return (request) => {
    const known = routes.live.get(request.brokerAddr);
    if (known !== undefined) known.lastSeenMs = clock.monotonicMs();
  };
}
