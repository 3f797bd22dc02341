import { type getKvConfig, ResponseCode } from '@orbitmq/protocol';
import { type Handler, ResponseError } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

export function handleGetKvConfig({ kv }: NameServerState): Handler<typeof getKvConfig> {
  return ({ namespace, key }) => {
    const value = kv.get(namespace, key);
    if (value !== undefined) return { value };
    throw new ResponseError(
      ResponseCode.QUERY_NOT_FOUND,
      `No config item, Namespace: ${namespace} Key: ${key}`,
    );
  };
}
