import { type getKvListByNamespace, printKVTable, ResponseCode } from '@orbitmq/protocol';
import { type Handler, ResponseError, reply } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

export function handleGetKvListByNamespace({
  kv,
}: NameServerState): Handler<typeof getKvListByNamespace> {
  return ({ namespace }) => {
    const table = kv.namespace(namespace);
    if (table !== undefined) return reply({ body: printKVTable({ table }) });
    throw new ResponseError(
      ResponseCode.QUERY_NOT_FOUND,
      `No config item, Namespace: ${namespace}`,
    );
  };
}
