/** What push and lite pull consumers have in common as members of their group. */
import {
  type ConsumerData,
  checkClientConfig,
  type HeartbeatData,
  printCheckClientRequestBody,
  unregisterClient,
} from '@orbitmq/protocol';
import { ClientCore } from './client-core.ts';
import type { ClientOptions } from './client-options.ts';
import { ConsumerStats } from './consumer-stats.ts';
import { defaultOffsetsDirectory, LocalOffsetStore } from './local-offset-store.ts';
import { BrokerOffsetStore, type OffsetStore } from './offset-store.ts';
import { consumeFromWhere } from './push-options.ts';
import { representatives } from './routes.ts';
import type { ConsumeFrom } from './start-offset.ts';
import { type Subscribed, Subscriptions } from './subscriptions.ts';

const CALL_TIMEOUT_MS = 5_000;
/** A broadcasting consumer's offsets stand under its client id, which must survive restarts. */
const BROADCASTING_INSTANCE = 'DEFAULT';

export interface MemberOptions extends ClientOptions {
  readonly offsetsDirectory?: string | undefined;
}

export interface MemberSettings {
  readonly group: string;
  readonly isBroadcasting: boolean;
  readonly consumeFrom: ConsumeFrom;
}

/** One member of a consumer group, as brokers see it. */
export class GroupMember {
  readonly core: ClientCore;
  /** With its namespace. */
  readonly group: string;
  readonly offsets: OffsetStore;
  readonly subscriptions: Subscriptions;
  readonly stats: ConsumerStats;
  readonly #settings: MemberSettings;
  readonly #consumeType: ConsumerData['consumeType'];
  #introducing: Promise<void> | undefined;

  /** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
  constructor(
    options: MemberOptions,
    settings: MemberSettings,
    consumeType: ConsumerData['consumeType'],
  ) {
    const { group, isBroadcasting } = settings;
    const instanceName =
      options.instanceName ?? (isBroadcasting ? BROADCASTING_INSTANCE : undefined);
    this.core = new ClientCore({ ...options, instanceName });
    this.group = group;
    this.subscriptions = new Subscriptions(this.core.clock);
    this.stats = new ConsumerStats(this.core.clock);
    this.offsets = isBroadcasting
      ? new LocalOffsetStore(
          this.core,
          group,
          options.offsetsDirectory ?? defaultOffsetsDirectory(),
        )
      : new BrokerOffsetStore(this.core, group);
    this.#settings = settings;
    this.#consumeType = consumeType;
  }

  /** Learns where the topics are, and lets a broker look at conditions that are not by tag. Rejects when one is refused. */
  async prepare(): Promise<void> {
    const subscriptions = this.subscriptions.all;
    for (const { data } of subscriptions) await this.core.refreshRoute(data.topic);
    for (const { data } of subscriptions) {
      const route = this.core.knownRoute(data.topic);
      const [address] = route === undefined ? [] : representatives(route);
      if (data.expressionType === 'TAG' || address === undefined) continue;
      const { clientId } = this.core;
      const request = { clientId, group: this.group, subscriptionData: data };
      const options = { timeoutMs: CALL_TIMEOUT_MS, body: printCheckClientRequestBody(request) };
      await this.core.call(address, checkClientConfig, {}, options);
    }
  }

  /** @param subscriptions that brokers are to know of */
  heartbeat(subscriptions: readonly Subscribed[]): HeartbeatData {
    const { consumeFrom, isBroadcasting } = this.#settings;
    return {
      clientID: this.core.clientId,
      producerDataSet: [],
      consumerDataSet: [
        {
          groupName: this.group,
          consumeType: this.#consumeType,
          messageModel: isBroadcasting ? 'BROADCASTING' : 'CLUSTERING',
          consumeFromWhere: consumeFromWhere(consumeFrom),
          subscriptionDataSet: subscriptions.map(({ data }) => data),
          unitMode: false,
        },
      ],
    };
  }

  /** Tells brokers who this is when one has forgotten it; many queues may find that out at once. Never rejects. */
  introduceAgain(): Promise<void> {
    this.#introducing ??= this.core.sendHeartbeats().finally(() => {
      this.#introducing = undefined;
    });
    return this.#introducing;
  }

  /** Tells all brokers that this member is gone. Never rejects. */
  leave(): Promise<void> {
    const values = { clientID: this.core.clientId, consumerGroup: this.group };
    return this.core.leaveBrokers(unregisterClient, values, CALL_TIMEOUT_MS);
  }
}
