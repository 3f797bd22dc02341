/** The life of a group's member: how it begins, what it does when its topics change, and how it leaves. */
import type { Timer } from '@orbitmq/runtime';
import { notRunning } from './client-error.ts';
import { type AskedConsumer, serveBrokers } from './client-requests.ts';
import { settledWithin } from './deadline.ts';
import type { GroupMember } from './group-member.ts';
import { Lifecycle } from './lifecycle.ts';
import { type RebalanceHost, Rebalancer } from './rebalance.ts';
import type { Subscribed } from './subscriptions.ts';

/** Offsets are saved so often, as Apache's clients do (`persistConsumerOffsetInterval`). */
const SAVE_OFFSETS_MS = 5_000;
/**
 * How long closing waits for a round of rebalancing, and for offsets to be saved: a request that nobody
 * answers takes 5 s, after a name server that does not answer either took 3 s.
 */
const MAX_ROUND_MS = 10_000;
const MAX_SAVE_MS = 10_000;

export interface MembershipOptions {
  readonly member: GroupMember;
  readonly queues: RebalanceHost;
  readonly rebalanceMs: number;
  /** What brokers may ask, besides what every member answers alike. */
  readonly asked: Omit<AskedConsumer, 'group' | 'onMembersChanged' | 'offsets'>;
  /** What brokers are told that this member wants. */
  readonly announced: () => readonly Subscribed[];
  /** Queues are about to be taken over for the first time. */
  onStarted(): void;
  /** Nothing more is to begin. Called twice: a round that runs may still take a queue over in between. */
  stop(): void;
  /** Ends what runs, in a bounded time; offsets are saved afterwards. Never rejects. */
  finish(): Promise<void>;
  /** Does what is left to do before the group is left, in a bounded time. Never rejects. */
  beforeLeaving(): Promise<void>;
}

export class Membership {
  readonly #options: MembershipOptions;
  readonly #rebalancer: Rebalancer;
  readonly #life: Lifecycle;
  #saving: Timer | undefined;
  #startMs = 0;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#rebalancer = new Rebalancer(options.queues, options.rebalanceMs);
    this.#life = new Lifecycle({ start: () => this.#start(), close: () => this.#close() });
  }

  /** When it was started, in milliseconds since the epoch; 0 before that. */
  get startMs(): number {
    return this.#startMs;
  }

  get isClosed(): boolean {
    return this.#life.isClosed;
  }

  get isRunning(): boolean {
    return this.#startMs > 0 && !this.#life.isClosed;
  }

  /** Idempotent. A member whose start failed is closed. */
  start(): Promise<void> {
    return this.#life.start();
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#life.close();
  }

  /** Other topics are wanted, or otherwise: brokers hear of it, and queues are divided anew. */
  onSubscriptionsChanged(): void {
    if (!this.isRunning) return;
    void this.#options.member.core.sendHeartbeats();
    void this.#rebalancer.run();
  }

  /** Divides the queues anew, now. Never rejects. */
  async rebalance(): Promise<void> {
    if (this.isRunning) await this.#rebalancer.run();
  }

  /** Divides the queues anew, in a moment. */
  rebalanceSoon(): void {
    this.#rebalancer.runSoon();
  }

  /** Does something that no round may overlap, and divides the queues anew afterwards. Rejects as `act` does. */
  alone(act: () => Promise<void>): Promise<void> {
    return this.#rebalancer.alone(act);
  }

  async #start(): Promise<void> {
    const { member, announced, asked } = this.#options;
    const { core } = member;
    await member.prepare();
    this.#checkIsOpen();
    serveBrokers(core, {
      ...asked,
      group: member.group,
      onMembersChanged: () => void this.#rebalancer.run(),
      offsets: () => member.offsets.all(),
    });
    core.start(() => member.heartbeat(announced()));
    await core.sendHeartbeats();
    this.#checkIsOpen();
    this.#startMs = core.clock.now();
    this.#saving = core.timers.every(SAVE_OFFSETS_MS, () => void member.offsets.saveAll());
    this.#options.onStarted();
    this.#rebalancer.start();
    await this.#rebalancer.run();
  }

  #checkIsOpen(): void {
    if (this.#life.isClosed) throw notRunning();
  }

  async #close(): Promise<void> {
    const { member } = this.#options;
    const { core, offsets } = member;
    this.#saving?.cancel();
    this.#options.stop();
    await settledWithin(core.timers, MAX_ROUND_MS, this.#rebalancer.close());
    this.#options.stop();
    await this.#options.finish();
    await settledWithin(core.timers, MAX_SAVE_MS, offsets.saveAll());
    await this.#options.beforeLeaving();
    if (this.#startMs > 0) await member.leave();
    await core.close();
  }
}
