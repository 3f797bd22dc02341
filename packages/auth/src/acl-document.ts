/**
 * One file of accounts: `conf/plain_acl.yml`, or any `*.yml` below `conf/acl`.
 *
 *   globalWhiteRemoteAddresses:
 *   - 10.10.103.*
 *   accounts:
 *   - accessKey: RocketMQ          # longer than 6
 *     secretKey: 12345678          # longer than 6
 *     whiteRemoteAddress: null
 *     admin: false
 *     defaultTopicPerm: DENY
 *     defaultGroupPerm: SUB
 *     topicPerms:
 *     - topicA=DENY
 *     groupPerms:
 *     - groupA=SUB
 *   dataVersion:
 *   - counter: 3
 *     timestamp: 1700000000000
 *
 * Source: PlainAccessData.java, PlainAccessConfig.java, AclUtils.java.
 */
import { stringify } from 'yaml';
import { aclFileMalformed } from './auth-error.ts';
import { parseYamlMap } from './yaml-map.ts';

/** Access and secret keys are longer than this. */
const MIN_KEY_LENGTH = 6;

export interface AclAccount {
  readonly accessKey: string;
  /** Never logged. */
  readonly secretKey: string;
  readonly whiteRemoteAddress?: string | undefined;
  readonly admin?: boolean | undefined;
  readonly defaultTopicPerm?: string | undefined;
  readonly defaultGroupPerm?: string | undefined;
  /** `topic=PUB|SUB`. */
  readonly topicPerms?: readonly string[] | undefined;
  readonly groupPerms?: readonly string[] | undefined;
}

/** Says whether two files are the same. */
export interface AclVersion {
  readonly counter: number;
  /** Of the last change, milliseconds since the epoch. */
  readonly timestamp: number;
}

export interface AclDocument {
  readonly globalWhiteRemoteAddresses: readonly string[];
  readonly accounts: readonly AclAccount[];
  readonly version: AclVersion;
}

export const EMPTY_ACL_DOCUMENT: AclDocument = {
  globalWhiteRemoteAddresses: [],
  accounts: [],
  version: { counter: 0, timestamp: 0 },
};

/** @throws {RocketMqError} ACL_FILE_MALFORMED, naming what and where; secrets are not part of it */
export function parseAclDocument(text: string): AclDocument {
  const map = parseYamlMap(text);
  const accounts = listOf(map['accounts'], 'accounts').map(parseAccount);
  const addresses = listOf(map['globalWhiteRemoteAddresses'], 'globalWhiteRemoteAddresses');
  const [version] = listOf(map['dataVersion'], 'dataVersion');
  return {
    globalWhiteRemoteAddresses: addresses.map((address) =>
      required(textOf(address), 'globalWhiteRemoteAddresses: an entry is no text'),
    ),
    accounts,
    version: parseVersion(version),
  };
}

/** The file as Apache's broker writes it. */
export function printAclDocument({
  globalWhiteRemoteAddresses,
  accounts,
  version,
}: AclDocument): string {
  const document = {
    globalWhiteRemoteAddresses,
    accounts: accounts.map((account) => ({
      accessKey: account.accessKey,
      secretKey: account.secretKey,
      whiteRemoteAddress: account.whiteRemoteAddress ?? null,
      admin: account.admin ?? false,
      ...definedOf({
        defaultTopicPerm: account.defaultTopicPerm,
        defaultGroupPerm: account.defaultGroupPerm,
        topicPerms: account.topicPerms,
        groupPerms: account.groupPerms,
      }),
    })),
    dataVersion: [version],
  };
  return stringify(document, { indentSeq: false, lineWidth: 0 });
}

/** Why an account cannot be kept; undefined when it can. Names no secret. */
export function accountProblem(
  account: Pick<AclAccount, 'accessKey' | 'secretKey'>,
): string | undefined {
  const isLongEnough = (key: string | undefined): boolean =>
    key !== undefined && key.length > MIN_KEY_LENGTH;
  if (isLongEnough(account.accessKey) && isLongEnough(account.secretKey)) return undefined;
  return `The accessKey=${account.accessKey} and its secretKey cannot be null and length should longer than ${MIN_KEY_LENGTH}`;
}

/**
 * Parts `name=PUB|SUB`.
 *
 * @throws {RocketMqError} ACL_FILE_MALFORMED
 */
export function parseResourcePermission(text: string): {
  readonly name: string;
  readonly permission: string;
} {
  const pieces = text.split('=').map((piece) => piece.trim());
  const [name = '', permission = ''] = pieces;
  if (pieces.length !== 2 || name === '') {
    throw aclFileMalformed(
      `${JSON.stringify(text.slice(0, 128))} is no permission, expected name=PUB|SUB`,
    );
  }
  return { name, permission };
}

function parseAccount(value: unknown): AclAccount {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw aclFileMalformed('accounts: an entry is no map');
  }
  const map = value as Readonly<Record<string, unknown>>;
  const account: AclAccount = {
    accessKey: textOf(map['accessKey']) ?? '',
    secretKey: textOf(map['secretKey']) ?? '',
    admin: textOf(map['admin'])?.toLowerCase() === 'true',
    ...definedOf({
      whiteRemoteAddress: textOf(map['whiteRemoteAddress']),
      defaultTopicPerm: textOf(map['defaultTopicPerm']),
      defaultGroupPerm: textOf(map['defaultGroupPerm']),
      topicPerms: textsOf(map['topicPerms'], 'topicPerms'),
      groupPerms: textsOf(map['groupPerms'], 'groupPerms'),
    }),
  };
  const problem = accountProblem(account);
  if (problem !== undefined) throw aclFileMalformed(problem);
  return account;
}

function parseVersion(value: unknown): AclVersion {
  if (typeof value !== 'object' || value === null) return EMPTY_ACL_DOCUMENT.version;
  const map = value as Readonly<Record<string, unknown>>;
  const numberOf = (name: string): number => {
    const parsed = Number(textOf(map[name]) ?? '0');
    return Number.isSafeInteger(parsed) ? parsed : 0;
  };
  return { counter: numberOf('counter'), timestamp: numberOf('timestamp') };
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw aclFileMalformed(`${name}: expected a list`);
  return value as readonly unknown[];
}

function textsOf(value: unknown, name: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return listOf(value, name).map((each) => required(textOf(each), `${name}: an entry is no text`));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function required(text: string | undefined, problem: string): string {
  if (text === undefined) throw aclFileMalformed(problem);
  return text;
}

/** Without the entries that are undefined. */
function definedOf<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
