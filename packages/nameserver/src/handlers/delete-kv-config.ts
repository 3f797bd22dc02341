import type { deleteKvConfig } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

/** Succeeds for what is absent too. */
export function handleDeleteKvConfig({ kv }: NameServerState): Handler<typeof deleteKvConfig> {
  return async ({ namespace, key }) => {
    await kv.delete(namespace, key);
  };
}
