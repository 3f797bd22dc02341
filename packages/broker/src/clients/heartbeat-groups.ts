import { errorCode, type Logger, toError } from '@orbitmq/kernel';
import { Permission, retryTopicOf, type SubscriptionGroupConfig } from '@orbitmq/protocol';
import type { Timers } from '@orbitmq/runtime';
import type { GroupTable } from '../groups/group-table.ts';
import { topicConfig } from '../topics/topic-config.ts';
import type { TopicTable } from '../topics/topic-table.ts';

export interface HeartbeatGroupsOptions {
  readonly groups: Pick<GroupTable, 'get' | 'findAll'>;
  readonly topics: Pick<TopicTable, 'byName' | 'createAll'>;
  readonly timers: Pick<Timers, 'afterPoll'>;
  readonly log: Logger;
}

/**
 * Makes the groups that heartbeats name, with their retry topics. What heartbeats that come together need is one change
 * of the metadata: each change is a sync of the disk, and when thousands of new consumers start they would else keep
 * the broker from everything else for as many syncs.
 */
export class HeartbeatGroups {
  readonly #options: HeartbeatGroupsOptions;
  readonly #wanted = new Set<string>();
  #making: Promise<boolean> | undefined;

  constructor(options: HeartbeatGroupsOptions) {
    this.#options = options;
  }

  /**
   * Sees to it that these groups exist, when they may be made.
   *
   * @returns whether topics were made, in time for all or undefined when there is nothing to make; a full disk refuses
   *   them, and a later heartbeat makes them
   */
  ensure(names: readonly string[]): Promise<boolean> | undefined {
    const missing = names.filter((name) => !this.#isThere(name));
    if (missing.length === 0) return undefined;
    for (const name of missing) this.#wanted.add(name);
    this.#making ??= new Promise((resolve, reject) => {
      this.#options.timers.afterPoll(() => {
        try {
          resolve(this.#makeAll());
        } catch (error) {
          reject(toError(error));
        }
      });
    });
    return this.#making;
  }

  #isThere(name: string): boolean {
    const { groups, topics } = this.#options;
    return groups.get(name) !== undefined && topics.byName(retryTopicOf(name)) !== undefined;
  }

  #makeAll(): boolean {
    const { groups, topics, log } = this.#options;
    this.#making = undefined;
    const wanted = new Set(this.#wanted);
    this.#wanted.clear();
    const configs = groups
      .findAll(wanted)
      .filter(({ groupName }) => topics.byName(retryTopicOf(groupName)) === undefined)
      .map(retryTopicConfig);
    if (configs.length === 0) return false;
    try {
      topics.createAll(configs);
      return true;
    } catch (error) {
      if (errorCode(error) !== 'METADATA_UNAVAILABLE') throw error;
      const fields = { topic: configs[0]?.topicName, topics: configs.length };
      log.warn({ ...fields, err: toError(error) }, 'retry topics could not be made');
      return false;
    }
  }
}

function retryTopicConfig({ groupName, retryQueueNums }: SubscriptionGroupConfig) {
  return topicConfig(retryTopicOf(groupName), {
    readQueueNums: retryQueueNums,
    writeQueueNums: retryQueueNums,
    perm: Permission.read | Permission.write,
  });
}
