import { errorCode, type Logger } from '@orbitmq/kernel';
import { groupNameProblem, type SubscriptionGroupConfig } from '@orbitmq/protocol';
import { groupConfig } from './group-config.ts';

/** Where configurations of consumer groups are kept. */
export interface GroupConfigs {
  group(name: string): SubscriptionGroupConfig | undefined;
  groups(): Iterable<SubscriptionGroupConfig>;
  /** As one change. */
  putGroups(configs: readonly SubscriptionGroupConfig[]): void;
  deleteGroup(name: string): boolean;
}

export interface GroupTableOptions {
  readonly configs: GroupConfigs;
  readonly log: Logger;
  /** `autoCreateSubscriptionGroup`, asked at each use, since it may change while the broker runs. */
  readonly isAutoCreateEnabled: () => boolean;
  /** Beyond it none is created by its use; for tests. */
  readonly maxCreated?: number | undefined;
}

/**
 * Groups beyond which none is created by its use: peers name what they like, and each is kept for good, with a
 * topic for its retries. Administrators may create more.
 */
const MAX_CREATED_GROUPS = 100_000;

/** Groups that exist at every start. Source: SubscriptionGroupManager.java. */
const PREDEFINED: readonly { readonly name: string; readonly mayBroadcast: boolean }[] = [
  { name: 'TOOLS_CONSUMER', mayBroadcast: true },
  { name: 'FILTERSRV_CONSUMER', mayBroadcast: true },
  { name: 'SELF_TEST_C_GROUP', mayBroadcast: true },
  { name: 'CID_ONS-HTTP-PROXY', mayBroadcast: true },
  { name: 'CID_ONSAPI_PULL', mayBroadcast: true },
  { name: 'CID_ONSAPI_PERMISSION', mayBroadcast: true },
  { name: 'CID_ONSAPI_OWNER', mayBroadcast: true },
  { name: 'CID_RMQ_SYS_TRANS', mayBroadcast: true },
];

/** Configurations of consumer groups. Source: SubscriptionGroupManager.java. */
export class GroupTable {
  readonly #options: GroupTableOptions;
  /** A group could not be kept at the last try, and the log says so. */
  #isDiskRefusing = false;
  #isFull = false;
  #count = 0;

  constructor(options: GroupTableOptions) {
    this.#options = options;
    for (const _ of options.configs.groups()) this.#count++;
    for (const { name, mayBroadcast } of PREDEFINED) {
      if (options.configs.group(name) !== undefined) continue;
      this.put(groupConfig(name, { consumeBroadcastEnable: mayBroadcast }));
    }
  }

  /**
   * The group, created when that is allowed; undefined when it does not exist and is not to be made. On a disk
   * that refuses it is given for this once, so that reads go on, and made by a later use.
   */
  find(name: string): SubscriptionGroupConfig | undefined {
    const known = this.#options.configs.group(name);
    if (known !== undefined) return known;
    if (!this.#mayCreate(name, 1)) return undefined;
    const created = groupConfig(name);
    this.#keep([created]);
    return created;
  }

  /** Those of these groups that exist or may be made, as {@link find}; what is made is one change on the disk. */
  findAll(names: ReadonlySet<string>): SubscriptionGroupConfig[] {
    const found: SubscriptionGroupConfig[] = [];
    const created: SubscriptionGroupConfig[] = [];
    for (const name of names) {
      const known = this.#options.configs.group(name);
      if (known !== undefined) found.push(known);
      else if (this.#mayCreate(name, created.length + 1)) created.push(groupConfig(name));
    }
    if (created.length > 0) this.#keep(created);
    return [...found, ...created];
  }

  /** The group, never created. */
  get(name: string): SubscriptionGroupConfig | undefined {
    return this.#options.configs.group(name);
  }

  all(): Iterable<SubscriptionGroupConfig> {
    return this.#options.configs.groups();
  }

  put(config: SubscriptionGroupConfig): void {
    const { configs } = this.#options;
    const isNew = configs.group(config.groupName) === undefined;
    configs.putGroups([config]);
    if (isNew) this.#count++;
  }

  delete(name: string): void {
    if (this.#options.configs.deleteGroup(name)) this.#count--;
  }

  /** Whether this one may be created, as one of so many together. */
  #mayCreate(name: string, together: number): boolean {
    if (!this.#options.isAutoCreateEnabled() || groupNameProblem(name) !== undefined) return false;
    return !this.#isFullFor(name, together);
  }

  #isFullFor(group: string, together: number): boolean {
    const { maxCreated = MAX_CREATED_GROUPS, log } = this.#options;
    const isFull = this.#count + together > maxCreated;
    // Once, not for each pull.
    if (isFull && !this.#isFull) {
      log.error({ group, groups: this.#count }, 'no more groups are created by their use');
    }
    this.#isFull = isFull;
    return isFull;
  }

  #keep(created: readonly SubscriptionGroupConfig[]): void {
    const { configs, log } = this.#options;
    try {
      configs.putGroups(created);
    } catch (error) {
      if (errorCode(error) !== 'METADATA_UNAVAILABLE') throw error;
      // Once, not for each pull.
      if (!this.#isDiskRefusing) {
        log.error({ group: created[0]?.groupName, err: error }, 'group could not be kept');
      }
      this.#isDiskRefusing = true;
      return;
    }
    this.#isDiskRefusing = false;
    this.#count += created.length;
    for (const { groupName } of created) {
      log.info({ group: groupName }, 'consumer group created by its first use');
    }
  }
}
