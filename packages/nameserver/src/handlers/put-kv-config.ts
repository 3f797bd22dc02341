import type { putKvConfig } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

export function handlePutKvConfig({ kv }: NameServerState): Handler<typeof putKvConfig> {
  return async ({ namespace, key, value }) => {
    await kv.put(namespace, key, value);
  };
}
