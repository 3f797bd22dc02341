/** Keeps the queues that a consumer holds in step with what is its share. Source: RebalanceImpl.java, RebalanceService.java. */
import { toError } from '@orbitmq/kernel';
import {
  getConsumerListByGroup,
  parseConsumerIdList,
  RETRY_TOPIC_PREFIX,
  type TopicRouteData,
} from '@orbitmq/protocol';
import type { Timer } from '@orbitmq/runtime';
import type { AllocationStrategy } from './allocation.ts';
import { atOnce } from './application-calls.ts';
import type { ClientCore } from './client-core.ts';
import type { MessageQueue } from './message.ts';
import { checkIsList, checkIsQueue } from './option-checks.ts';
import { compareQueues, compareText, queueKey } from './queue-order.ts';
import { representatives, subscribeQueues } from './routes.ts';

/**
 * Whose queues are kept. Its methods are called one at a time; only {@link RebalanceHost.giveUp} for several queues at
 * once: a broker that does not answer must not keep those of others waiting.
 */
export interface RebalanceHost {
  readonly core: ClientCore;
  readonly group: string;
  /** Undefined when every member gets every queue. */
  readonly allocation: AllocationStrategy | undefined;
  topics(): readonly string[];
  /** Queues of a topic that are this consumer's whoever the others are; undefined when they are to be divided. */
  assigned?(topic: string): readonly MessageQueue[] | undefined;
  held(): readonly MessageQueue[];
  /** Whether a held queue is on its way out: it is given up first, even if it is wanted again. */
  isLeaving(queue: MessageQueue): boolean;
  /** @returns false when the queue cannot be given up yet, because a listener has a message of it */
  giveUp(queue: MessageQueue): Promise<boolean>;
  /** @returns how many of the queues, of which none is held, could be taken over */
  takeOver(queues: readonly MessageQueue[]): Promise<number>;
  /** The shares of all topics were applied. */
  onRound?(hasChanged: boolean): void;
}

/** A round that could not divide every topic is followed by another so soon. */
const RETRY_MS = 1_000;
const CALL_TIMEOUT_MS = 5_000;
/** Brokers asked for the members of a group before a topic is left as it is: with the timeout, what one topic may take. */
const MAX_ASKED_BROKERS = 3;

export class Rebalancer {
  readonly #host: RebalanceHost;
  readonly #periodMs: number;
  #timer: Timer | undefined;
  #retry: Timer | undefined;
  /** The last of what was begun; everything runs after what was begun before it. */
  #last: Promise<void> = Promise.resolve();
  /** A round that was asked for and has not begun. */
  #wanted: Promise<void> | undefined;
  #isClosed = false;

  constructor(host: RebalanceHost, periodMs: number) {
    this.#host = host;
    this.#periodMs = periodMs;
  }

  start(): void {
    if (this.#isClosed) return;
    this.#timer ??= this.#host.core.timers.every(this.#periodMs, () => void this.run());
  }

  /** Divides the queues anew; calls that come before it begins share one round. Never rejects. */
  run(): Promise<void> {
    this.#wanted ??= this.#enqueue(async () => {
      this.#wanted = undefined;
      this.#retry?.cancel();
      this.#retry = undefined;
      if (!(await this.#round())) this.runSoon();
    });
    return this.#wanted;
  }

  /** As {@link run}, in a second: what asks often does not make rounds follow each other. */
  runSoon(): void {
    if (this.#isClosed) return;
    this.#retry ??= this.#host.core.timers.after(RETRY_MS, () => void this.run());
  }

  /** Does something that no round may overlap, and divides the queues anew afterwards. Rejects as `act` does. */
  async alone(act: () => Promise<void>): Promise<void> {
    await this.#enqueue(act);
    await this.run();
  }

  /** Ends after the round that runs. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#last;
    this.#retry?.cancel();
  }

  #enqueue(act: () => Promise<void>): Promise<void> {
    const done = this.#last.then(() => (this.#isClosed ? undefined : act()));
    // A failure is for who asked; what comes after it runs all the same.
    this.#last = done.then(nothing, nothing);
    return done;
  }

  async #round(): Promise<boolean> {
    const topics = new Set(this.#host.topics());
    let isComplete = true;
    let hasChanged = false;
    for (const topic of topics) {
      if (this.#isClosed) return true;
      try {
        const result = await this.#divide(topic);
        isComplete = result.isComplete && isComplete;
        hasChanged ||= result.hasChanged;
      } catch (error) {
        isComplete = false;
        this.#host.core.log.warn({ topic, err: toError(error) }, 'queues could not be divided');
      }
    }
    const unwanted = this.#host.held().filter(({ topic }) => !topics.has(topic));
    isComplete = (await this.#giveUp(unwanted)) && isComplete;
    hasChanged ||= unwanted.length > 0;
    this.#host.onRound?.(hasChanged);
    return isComplete;
  }

  /** A topic that is new may have no route yet; a group's retry topic comes with its first heartbeat. */
  async #divide(topic: string): Promise<{ isComplete: boolean; hasChanged: boolean }> {
    const { core } = this.#host;
    const wasKnown = core.knownRoute(topic) !== undefined;
    const route = await core.route(topic);
    if (route === undefined) {
      return { isComplete: topic.startsWith(RETRY_TOPIC_PREFIX), hasChanged: false };
    }
    // Its brokers have not heard of us yet, and would not count us among the group.
    if (!wasKnown) await core.sendHeartbeats();
    const share = await this.#shareOf(topic, route);
    if (share === undefined) return { isComplete: false, hasChanged: false };
    const wanted = new Set(share.map(queueKey));
    const unwanted = this.#host.held().filter((queue) => {
      return queue.topic === topic && (!wanted.has(queueKey(queue)) || this.#host.isLeaving(queue));
    });
    const isComplete = await this.#giveUp(unwanted);
    const held = new Set(this.#host.held().map(queueKey));
    const missing = share.filter((queue) => !held.has(queueKey(queue)));
    const taken = missing.length === 0 ? 0 : await this.#host.takeOver(missing);
    if (taken > 0) core.log.info({ topic, queues: share.length, taken }, 'queues were taken over');
    return {
      isComplete: isComplete && taken === missing.length,
      hasChanged: unwanted.length > 0 || taken > 0,
    };
  }

  /** @returns whether all could be given up */
  async #giveUp(queues: readonly MessageQueue[]): Promise<boolean> {
    const given = await Promise.all(queues.map((queue) => this.#host.giveUp(queue)));
    return given.every(Boolean);
  }

  /** @returns undefined when it cannot be told, and all is to stay as it is */
  async #shareOf(
    topic: string,
    route: TopicRouteData,
  ): Promise<readonly MessageQueue[] | undefined> {
    const { allocation, core } = this.#host;
    const assigned = this.#host.assigned?.(topic);
    if (assigned !== undefined) return assigned;
    const queues = subscribeQueues(topic, route).toSorted(compareQueues);
    if (queues.length === 0) return undefined;
    if (allocation === undefined) return queues;
    const clientIds = await this.#members(route);
    if (clientIds.length === 0) return undefined;
    const share = atOnce('allocation', allocation(queues, clientIds, core.clientId));
    checkIsList('allocation', share, checkIsQueue);
    return share;
  }

  /**
   * Client ids of the group, sorted, as one of the brokers knows them, chosen at random. Another one is asked when it
   * does not tell, or has not heard of us since it or its connection came back: by its list we would own nothing.
   *
   * @throws {Error} when none of those that were asked tells
   */
  async #members(route: TopicRouteData): Promise<readonly string[]> {
    const { core } = this.#host;
    const addresses = [...representatives(route)];
    let known: readonly string[] = [];
    let isForgotten = false;
    let failure: Error | undefined;
    for (let asked = 0; asked < MAX_ASKED_BROKERS && addresses.length > 0; asked++) {
      const [address = ''] = addresses.splice(core.random.below(addresses.length), 1);
      try {
        known = await this.#membersAt(address);
        if (known.includes(core.clientId)) break;
        isForgotten = true;
      } catch (error) {
        failure = toError(error);
      }
    }
    // The others take our queues until their brokers hear of us, and tell everybody.
    if (isForgotten) await core.sendHeartbeats();
    else if (known.length === 0 && failure !== undefined) throw failure;
    return known;
  }

  async #membersAt(address: string): Promise<readonly string[]> {
    const { core, group } = this.#host;
    const options = { timeoutMs: CALL_TIMEOUT_MS };
    const reply = await core.call(
      address,
      getConsumerListByGroup,
      { consumerGroup: group },
      options,
    );
    return parseConsumerIdList(reply.body).consumerIdList.toSorted(compareText);
  }
}

function nothing(): void {
  // Only the order matters.
}
