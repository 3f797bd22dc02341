import type { updateNameServerConfig } from '@orbitmq/protocol';
import type { Handler } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

/** An empty body changes nothing. */
export function handleUpdateNameServerConfig({
  config,
  log,
}: NameServerState): Handler<typeof updateNameServerConfig> {
  return async (_request, { command, connection }) => {
    const text = command.body?.toString('utf8') ?? '';
    if (text === '') return;
    await config.update(text);
    log.info({ remoteAddress: connection.remoteAddress }, 'configuration changed');
  };
}
