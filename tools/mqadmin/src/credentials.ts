import { join } from 'node:path';
import { type Credentials, parseToolsYaml } from '@orbitmq/auth';
import { type Disk, readWholeFile } from '@orbitmq/runtime';

/**
 * The keys in `<home>/conf/tools.yml`, with which all requests of a run are signed. Nothing is signed without a
 * home, a file, or both keys in it.
 *
 * @throws {RocketMqError} ACL_FILE_MALFORMED
 *
 * Source: AclUtils.getAclRPCHook, MQAdminStartup.java.
 */
export async function readCredentials(
  home: string | undefined,
  disk: Disk,
): Promise<Credentials | undefined> {
  if (home === undefined || home === '') return undefined;
  const bytes = await readWholeFile(disk, join(home, 'conf', 'tools.yml'));
  return bytes === undefined ? undefined : parseToolsYaml(bytes.toString('utf8'));
}
