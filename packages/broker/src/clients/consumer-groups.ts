import { type Logger, toError } from '@orbitmq/kernel';
import { type ConsumerData, ResponseCode, type SubscriptionData } from '@orbitmq/protocol';
import { type Connection, ResponseError } from '@orbitmq/remoting';
import type { ClientInfo } from './client-info.ts';
import { Memberships } from './memberships.ts';
import { type Subscription, toSubscription } from './subscription.ts';

/**
 * Characters of all groups' subscriptions: ten times what 20 000 groups with ten long expressions each have. One
 * peer's heartbeats must not fill the memory.
 */
const MAX_SUBSCRIPTION_CHARS = 256 * 1024 * 1024;

/** A consumer group with at least one member connected. */
export class ConsumerGroup {
  readonly name: string;
  readonly #members = new Map<Connection, ClientInfo>();
  readonly #subscriptions = new Map<string, Subscription>();
  consumeType: string;
  messageModel: string;
  consumeFromWhere: string;
  /** When members or subscriptions last changed, milliseconds since the epoch. */
  changedMs = 0;
  /** Characters of its subscriptions. */
  chars = 0;

  constructor(data: ConsumerData) {
    this.name = data.groupName;
    this.consumeType = data.consumeType;
    this.messageModel = data.messageModel;
    this.consumeFromWhere = data.consumeFromWhere;
  }

  get isBroadcasting(): boolean {
    return this.messageModel === 'BROADCASTING';
  }

  get size(): number {
    return this.#members.size;
  }

  members(): readonly ClientInfo[] {
    return [...this.#members.values()];
  }

  clientIds(): readonly string[] {
    return [...new Set(this.members().map((member) => member.clientId))];
  }

  byClientId(clientId: string): ClientInfo | undefined {
    return this.members().find((member) => member.clientId === clientId);
  }

  subscription(topic: string): Subscription | undefined {
    return this.#subscriptions.get(topic);
  }

  subscriptions(): readonly SubscriptionData[] {
    return [...this.#subscriptions.values()].map((subscription) => subscription.data);
  }

  /** @returns whether the connection is new to the group */
  enter(client: ClientInfo, data: ConsumerData): boolean {
    this.consumeType = data.consumeType;
    this.messageModel = data.messageModel;
    this.consumeFromWhere = data.consumeFromWhere;
    const isNew = !this.#members.has(client.connection);
    this.#members.set(client.connection, client);
    return isNew;
  }

  /** @returns whether it was a member */
  leave(connection: Connection): boolean {
    return this.#members.delete(connection);
  }

  /**
   * Takes over what a member subscribes to: newer versions replace older ones, topics that it does not
   * list any more are dropped.
   *
   * @returns whether topics came or went
   */
  subscribe(wanted: readonly SubscriptionData[], log: Logger): boolean {
    let hasChanged = false;
    for (const data of wanted) {
      const known = this.#subscriptions.get(data.topic);
      if (known !== undefined && known.data.subVersion >= data.subVersion) continue;
      this.#subscriptions.set(data.topic, this.#compile(data, log));
      hasChanged ||= known === undefined;
    }
    const topics = new Set(wanted.map((data) => data.topic));
    for (const topic of this.#subscriptions.keys()) {
      if (!topics.has(topic)) {
        this.#subscriptions.delete(topic);
        hasChanged = true;
      }
    }
    this.chars = charsOf(this.subscriptions());
    return hasChanged;
  }

  /** An expression that does not parse stays as a broken subscription: pulls by it are told so. */
  #compile(data: SubscriptionData, log: Logger): Subscription {
    try {
      return toSubscription(data);
    } catch (error) {
      const { topic, expressionType } = data;
      log.warn(
        { group: this.name, topic, expressionType, err: toError(error) },
        'subscription cannot be pulled: its expression does not parse',
      );
      return { data, filter: undefined, isBroken: true };
    }
  }
}

export interface ConsumerGroupsOptions {
  readonly log: Logger;
  /** Called when members or subscriptions of a group changed, before a group without members is forgotten. */
  readonly onChanged: (group: ConsumerGroup) => void;
  /** Characters of all subscriptions at most; for tests. */
  readonly maxSubscriptionChars?: number | undefined;
}

/** Consumers that are connected, by group. Source: ConsumerManager.java, ConsumerGroupInfo.java. */
export class ConsumerGroups {
  readonly #options: ConsumerGroupsOptions;
  readonly #groups = new Map<string, ConsumerGroup>();
  readonly #memberships = new Memberships();
  /** Characters of all groups' subscriptions. */
  #chars = 0;

  constructor(options: ConsumerGroupsOptions) {
    this.#options = options;
  }

  get(group: string): ConsumerGroup | undefined {
    return this.#groups.get(group);
  }

  all(): IterableIterator<ConsumerGroup> {
    return this.#groups.values();
  }

  /** Groups with a member that subscribes to the topic. */
  subscribersOf(topic: string): readonly string[] {
    const names: string[] = [];
    for (const group of this.#groups.values()) {
      if (group.subscription(topic) !== undefined) names.push(group.name);
    }
    return names;
  }

  /**
   * @param keepsSubscriptions for heartbeats that leave out what has not changed (heartbeat V2)
   * @throws {ResponseError} when its connection is in too many groups, or there is no room for its subscriptions
   */
  register(data: ConsumerData, client: ClientInfo, keepsSubscriptions = false): boolean {
    let group = this.#groups.get(data.groupName);
    if (!keepsSubscriptions) this.#checkRoom(group?.chars ?? 0, data);
    this.#memberships.add(client.connection, data.groupName);
    if (group === undefined) {
      group = new ConsumerGroup(data);
      this.#groups.set(data.groupName, group);
    }
    const isNew = group.enter(client, data);
    const { chars } = group;
    const isResubscribed =
      !keepsSubscriptions && group.subscribe(data.subscriptionDataSet, this.#options.log);
    this.#chars += group.chars - chars;
    if (isNew || isResubscribed) {
      group.changedMs = client.heartbeatMs;
      this.#options.onChanged(group);
    }
    return isNew || isResubscribed;
  }

  unregister(name: string, connection: Connection): void {
    this.#memberships.delete(connection, name);
    const group = this.#groups.get(name);
    if (group?.leave(connection) !== true) return;
    if (group.size === 0) {
      this.#groups.delete(name);
      this.#chars -= group.chars;
    }
    this.#options.onChanged(group);
  }

  #checkRoom(chars: number, { groupName, subscriptionDataSet }: ConsumerData): void {
    const { maxSubscriptionChars = MAX_SUBSCRIPTION_CHARS } = this.#options;
    if (this.#chars - chars + charsOf(subscriptionDataSet) <= maxSubscriptionChars) return;
    throw new ResponseError(
      ResponseCode.SYSTEM_BUSY,
      `the subscriptions of all groups may have ${maxSubscriptionChars} characters, those of ${groupName} are too long`,
    );
  }

  /** Forgets a connection in every group. */
  remove(connection: Connection): void {
    for (const name of this.#memberships.of(connection)) this.unregister(name, connection);
  }

  /** Connections whose last heartbeat came before a time on the monotonic clock. */
  silentSince(monotonicMs: number): readonly Connection[] {
    const silent = new Set<Connection>();
    for (const group of this.#groups.values()) {
      for (const member of group.members()) {
        if (member.seenMs < monotonicMs) silent.add(member.connection);
      }
    }
    return [...silent];
  }
}

function charsOf(subscriptions: readonly SubscriptionData[]): number {
  let chars = 0;
  for (const { topic, subString, tagsSet, codeSet } of subscriptions) {
    chars += topic.length + subString.length + codeSet.length;
    for (const tag of tagsSet) chars += tag.length;
  }
  return chars;
}
