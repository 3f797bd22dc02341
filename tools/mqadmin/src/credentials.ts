import { join } from 'node:path';
import { parseToolsYaml, signRequests } from '@orbitmq/auth';
import type { RequestHook } from '@orbitmq/remoting';
import { type Disk, readWholeFile } from '@orbitmq/runtime';

/**
 * What signs a run's requests: the keys in `<home>/conf/tools.yml`. Nothing is signed without a home, a file,
 * or both keys in it.
 *
 * @throws {RocketMqError} ACL_FILE_MALFORMED
 *
 * Source: AclUtils.getAclRPCHook, MQAdminStartup.java.
 */
export async function signingHooks(
  home: string | undefined,
  disk: Disk,
): Promise<readonly RequestHook[]> {
  if (home === undefined || home === '') return [];
  const bytes = await readWholeFile(disk, join(home, 'conf', 'tools.yml'));
  const credentials = bytes === undefined ? undefined : parseToolsYaml(bytes.toString('utf8'));
  return credentials === undefined ? [] : [signRequests(credentials)];
}
