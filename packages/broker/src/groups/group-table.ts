import { errorCode, type Logger } from '@orbitmq/kernel';
import { groupNameProblem, type SubscriptionGroupConfig } from '@orbitmq/protocol';
import { groupConfig } from './group-config.ts';

/** Where configurations of consumer groups are kept. */
export interface GroupConfigs {
  group(name: string): SubscriptionGroupConfig | undefined;
  groups(): Iterable<SubscriptionGroupConfig>;
  putGroup(config: SubscriptionGroupConfig): void;
  deleteGroup(name: string): boolean;
}

export interface GroupTableOptions {
  readonly configs: GroupConfigs;
  readonly log: Logger;
  /** `autoCreateSubscriptionGroup`, asked at each use, since it may change while the broker runs. */
  readonly isAutoCreateEnabled: () => boolean;
}

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

  constructor(options: GroupTableOptions) {
    this.#options = options;
    for (const { name, mayBroadcast } of PREDEFINED) {
      if (options.configs.group(name) !== undefined) continue;
      options.configs.putGroup(groupConfig(name, { consumeBroadcastEnable: mayBroadcast }));
    }
  }

  /**
   * The group, created when that is allowed; undefined when it does not exist and is not to be made. On a disk
   * that refuses it is given for this once, so that reads go on, and made by a later use.
   */
  find(name: string): SubscriptionGroupConfig | undefined {
    const known = this.#options.configs.group(name);
    if (known !== undefined) return known;
    if (!this.#options.isAutoCreateEnabled() || groupNameProblem(name) !== undefined) {
      return undefined;
    }
    const created = groupConfig(name);
    this.#keep(created);
    return created;
  }

  /** The group, never created. */
  get(name: string): SubscriptionGroupConfig | undefined {
    return this.#options.configs.group(name);
  }

  all(): Iterable<SubscriptionGroupConfig> {
    return this.#options.configs.groups();
  }

  put(config: SubscriptionGroupConfig): void {
    this.#options.configs.putGroup(config);
  }

  delete(name: string): void {
    this.#options.configs.deleteGroup(name);
  }

  #keep(created: SubscriptionGroupConfig): void {
    const { configs, log } = this.#options;
    const fields = { group: created.groupName };
    try {
      configs.putGroup(created);
    } catch (error) {
      if (errorCode(error) !== 'METADATA_UNAVAILABLE') throw error;
      // Once, not for each pull.
      if (!this.#isDiskRefusing) log.error({ ...fields, err: error }, 'group could not be kept');
      this.#isDiskRefusing = true;
      return;
    }
    this.#isDiskRefusing = false;
    log.info(fields, 'consumer group created by its first use');
  }
}
