import { parseYamlMap } from './yaml-map.ts';

/** What a client or a tool signs its requests with. */
export interface Credentials {
  readonly accessKey: string;
  /** Never logged, never sent. */
  readonly secretKey: string;
  readonly securityToken?: string | undefined;
}

/**
 * Reads the credentials of `conf/tools.yml`, which mqadmin signs with.
 *
 * @returns undefined when one of the two keys is absent or blank: nothing is signed then
 * @throws {RocketMqError} ACL_FILE_MALFORMED when it is no YAML map
 *
 * Source: AclUtils.getAclRPCHook.
 */
export function parseToolsYaml(text: string): Credentials | undefined {
  const document = parseYamlMap(text);
  return credentialsOf(document['accessKey'], document['secretKey'], undefined);
}

/**
 * Reads a key file of clients (`rocketmq.client.keyFile`, `~/key`): `AccessKey=`, `SecretKey=` and, if
 * there is one, `SecurityToken=`, each on a line of its own.
 *
 * @returns undefined when one of the two keys is absent or blank
 *
 * Source: SessionCredentials.java.
 */
export function parseKeyFile(text: string): Credentials | undefined {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return credentialsOf(
    values.get('AccessKey'),
    values.get('SecretKey'),
    values.get('SecurityToken'),
  );
}

function credentialsOf(
  accessKey: unknown,
  secretKey: unknown,
  token: unknown,
): Credentials | undefined {
  const [access, secret, securityToken] = [accessKey, secretKey, token].map(textOf);
  if (access === undefined || secret === undefined) return undefined;
  return { accessKey: access, secretKey: secret, securityToken };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
