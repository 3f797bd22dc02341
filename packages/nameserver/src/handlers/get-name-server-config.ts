import type { getNameServerConfig } from '@orbitmq/protocol';
import { type Handler, reply } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

export function handleGetNameServerConfig({
  config,
}: NameServerState): Handler<typeof getNameServerConfig> {
  return () => reply({ body: Buffer.from(config.propertiesText()) });
}
