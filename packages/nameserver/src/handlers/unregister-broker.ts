import type { unregisterBroker } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

export function handleUnregisterBroker(state: NameServerState): Handler<typeof unregisterBroker> {
  return ({ clusterName, brokerName, brokerId, brokerAddr }) => {
    state.unregister([{ clusterName, brokerName, brokerId, brokerAddr }]);
    state.log.info({ clusterName, brokerName, brokerId, brokerAddr }, 'broker unregistered');
  };
}
