import { parseDataVersion, printDataVersion, type queryDataVersion } from '@orbitmq/protocol';
import { type Handler, reply } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';

/** A broker asks before it registers all its topics again; asking is a sign of life. */
export function handleQueryDataVersion({
  routes,
  clock,
}: NameServerState): Handler<typeof queryDataVersion> {
  return (request, { command }) => {
    const changed = routes.isChanged(request, parseDataVersion(command.body));
    const known = routes.live.get(request.brokerAddr);
    if (known === undefined) return { changed };
    known.lastSeenMs = clock.monotonicMs();
    return reply({ fields: { changed }, body: printDataVersion(known.dataVersion) });
  };
}
