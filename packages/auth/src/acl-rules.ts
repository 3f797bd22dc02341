/** Accounts of all files, made ready for requests. Source: PlainPermissionManager.java, PlainAccessResource.java. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { type AclAccount, type AclDocument, parseResourcePermission } from './acl-document.ts';
import { parsePermission } from './permission.ts';
import { type AddressMatcher, parseAddressPattern, remembering } from './remote-address.ts';

export interface AclRule {
  readonly accessKey: string;
  /** For HMAC; its bytes cannot be printed by accident. */
  readonly key: KeyObject;
  readonly isWhite: AddressMatcher;
  readonly isAdmin: boolean;
  readonly defaultTopicPermission: number;
  readonly defaultGroupPermission: number;
  readonly topicPermissions: ReadonlyMap<string, number>;
  readonly groupPermissions: ReadonlyMap<string, number>;
  /** Whether the account names any topic or group; an administrator who names none may do everything. */
  readonly namesResources: boolean;
}

/** Accounts as they were when the files were read; never changed, only replaced. */
export class AclRules {
  readonly #rules: ReadonlyMap<string, AclRule>;
  readonly #isGloballyWhite: AddressMatcher;

  /**
   * @param documents in the order of their files; an account in two of them is the first one's
   * @throws {RocketMqError} ACL_FILE_MALFORMED
   */
  constructor(documents: readonly AclDocument[]) {
    const rules = new Map<string, AclRule>();
    for (const account of documents.flatMap(({ accounts }) => accounts)) {
      if (!rules.has(account.accessKey)) rules.set(account.accessKey, ruleOf(account));
    }
    this.#rules = rules;
    const globalWhite = documents
      .flatMap(({ globalWhiteRemoteAddresses }) => globalWhiteRemoteAddresses)
      .map(parseAddressPattern);
    this.#isGloballyWhite = remembering((address) =>
      globalWhite.some((matches) => matches(address)),
    );
  }

  get size(): number {
    return this.#rules.size;
  }

  get(accessKey: string): AclRule | undefined {
    return this.#rules.get(accessKey);
  }

  /** Whether peers of this address need no account. */
  isGloballyWhite(address: string): boolean {
    return this.#isGloballyWhite(address);
  }
}

function ruleOf(account: AclAccount): AclRule {
  const topicPermissions = permissionsOf(account.topicPerms);
  const groupPermissions = permissionsOf(account.groupPerms);
  return {
    accessKey: account.accessKey,
    key: createSecretKey(account.secretKey, 'utf8'),
    isWhite: remembering(parseAddressPattern(account.whiteRemoteAddress)),
    isAdmin: account.admin ?? false,
    defaultTopicPermission: parsePermission(account.defaultTopicPerm),
    defaultGroupPermission: parsePermission(account.defaultGroupPerm),
    topicPermissions,
    groupPermissions,
    namesResources: topicPermissions.size + groupPermissions.size > 0,
  };
}

function permissionsOf(texts: readonly string[] | undefined): ReadonlyMap<string, number> {
  return new Map(
    texts?.map((text) => {
      const { name, permission } = parseResourcePermission(text);
      return [name, parsePermission(permission)];
    }),
  );
}
