/**
 * The mqmetadata command: writes topics, groups and offsets of a broker that is not running to Apache's
 * JSON files, as a clean stop does. A running broker does it on request 355, EXPORT_ROCKSDB_CONFIG_TO_JSON.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorCode, RocketMqError, toError } from '@orbitmq/kernel';
import { BrokerMetadata, DATABASE_FILE } from '@orbitmq/metadata';
import { nodeDisk, systemProcesses } from '@orbitmq/runtime';
import { brokerConfig, loadConfig } from '@orbitmq/service';
import { lockStore } from '@orbitmq/store';

const USAGE = `usage: mqmetadata export [-c <broker config file> | -d <storePathRootDir>]
Writes config/*.json of a store whose broker does not run from its config/metadata.db.
`;
const HINT =
  'a running broker writes them itself: mqadmin rocksDBConfigToJson -b <address> -t topics;subscriptionGroups;consumerOffsets;';

export interface ExportHost {
  writeOut(text: string): void;
  writeError(text: string): void;
}

/** @returns the exit code: 0 when the files are written, 1 when not, 2 for arguments that are none */
export async function runExportMetadata(
  args: readonly string[],
  host: ExportHost,
): Promise<number> {
  const given = parse(args);
  if (given === undefined) {
    host.writeError(USAGE);
    return 2;
  }
  try {
    const directory = given.directory ?? (await configuredDirectory(given.configFile));
    await exportStore(directory);
    host.writeOut(
      `${join(directory, 'config')}: the JSON files hold what ${DATABASE_FILE} holds\n`,
    );
    return 0;
  } catch (error) {
    const hint = errorCode(error) === 'STORE_LOCKED' ? `; ${HINT}` : '';
    host.writeError(`mqmetadata: ${toError(error).message}${hint}\n`);
    return 1;
  }
}

function parse(
  args: readonly string[],
): { readonly configFile?: string; readonly directory?: string } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        configFile: { type: 'string', short: 'c' },
        directory: { type: 'string', short: 'd' },
      },
    });
    return positionals.length === 1 && positionals[0] === 'export' ? values : undefined;
  } catch {
    return undefined;
  }
}

async function configuredDirectory(file: string | undefined): Promise<string> {
  const { settings } = await loadConfig(brokerConfig, file === undefined ? {} : { file });
  return settings.storePathRootDir;
}

async function exportStore(directory: string): Promise<void> {
  const config = join(directory, 'config');
  if ((await nodeDisk.stat(join(config, DATABASE_FILE))) === undefined) {
    throw new RocketMqError(`there is no ${join(config, DATABASE_FILE)}`, {
      code: 'METADATA_ABSENT',
    });
  }
  const lock = await lockStore(nodeDisk, directory, systemProcesses);
  try {
    await using metadata = await BrokerMetadata.open({ directory: config });
    await metadata.exportJson();
  } finally {
    await lock.release();
  }
}
