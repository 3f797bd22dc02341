import { defineCommand, text } from '../define-command.ts';

/**
 * EXPORT_ROCKSDB_CONFIG_TO_JSON: writes metadata to JSON files (5.x).
 *
 *   request  => configType
 *     configType => text, names out of topics, subscriptionGroups, consumerOffsets, each ended by
 *                   ";"
 *   response => nothing
 *
 * Source: ExportRocksDBConfigToJsonRequestHeader.java.
 */
export const exportRocksdbConfigToJson = defineCommand({
  code: 355,
  name: 'EXPORT_ROCKSDB_CONFIG_TO_JSON',
  request: {
    configType: text(),
  },
});
