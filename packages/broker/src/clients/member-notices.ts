import type { Logger } from '@orbitmq/kernel';
import { notifyConsumerIdsChanged } from '@orbitmq/protocol';
import type { Timers } from '@orbitmq/runtime';
import { tell } from './client-calls.ts';
import type { ClientInfo } from './client-info.ts';

/** A group as far as its members are to be told of each other. */
export interface NotifiedGroup {
  readonly name: string;
  members(): readonly ClientInfo[];
}

export interface MemberNoticesOptions {
  readonly timers: Pick<Timers, 'afterPoll'>;
  readonly log: Logger;
  /** `notifyConsumerIdsChangedEnable` of the broker and of a group. */
  readonly isWanted: (group: string) => boolean;
}

/**
 * Members of a group learn at once that it is to share its queues anew (NOTIFY_CONSUMER_IDS_CHANGED). Changes that
 * come together are told once: when thousands of members come at a time, each would else be told of each.
 *
 * Source: DefaultConsumerIdsChangeListener.java.
 */
export class MemberNotices {
  readonly #options: MemberNoticesOptions;
  readonly #changed = new Set<NotifiedGroup>();

  constructor(options: MemberNoticesOptions) {
    this.#options = options;
  }

  /** Members or subscriptions of the group changed. Never throws. */
  onChanged(group: NotifiedGroup): void {
    this.#changed.add(group);
    if (this.#changed.size === 1) this.#options.timers.afterPoll(() => this.#tellAll());
  }

  #tellAll(): void {
    const { isWanted, log } = this.#options;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const group of changed) {
      if (!isWanted(group.name)) continue;
      for (const member of group.members()) {
        tell(member, notifyConsumerIdsChanged, { consumerGroup: group.name }, log);
      }
    }
  }
}
