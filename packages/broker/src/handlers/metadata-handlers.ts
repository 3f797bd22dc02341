/** What the broker keeps in its database, for those who read Apache's files. Source: AdminBrokerProcessor.java. */
import { exportRocksdbConfigToJson, ResponseCode } from '@orbitmq/protocol';
import { type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';

const TABLES: ReadonlySet<string> = new Set(['topics', 'subscriptionGroups', 'consumerOffsets']);

/**
 * EXPORT_ROCKSDB_CONFIG_TO_JSON: 5.x asks brokers with a RocksDB for their JSON files; here all of them
 * are written, whichever are named.
 */
export function registerMetadataHandlers(
  server: RemotingServer,
  { metadata }: BrokerContext,
): void {
  server.register(exportRocksdbConfigToJson, async ({ configType }) => {
    const unknown = configType.split(';').filter((name) => name !== '' && !TABLES.has(name));
    if (unknown.length > 0 || configType.replaceAll(';', '') === '') {
      throw new ResponseError(
        ResponseCode.INVALID_PARAMETER,
        `configType is made of ${[...TABLES].join(', ')}, each ended by a semicolon`,
      );
    }
    await metadata.exportJson();
    return reply({ remark: 'export done.' });
  });
}
