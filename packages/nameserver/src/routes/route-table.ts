/**
 * Which broker serves which topic, as brokers told it. Pure state: no clock, no network.
 *
 * Source: RouteInfoManager.java.
 */
import { RocketMqError } from '@orbitmq/kernel';
import {
  type BrokerData,
  type DataVersion,
  Permission,
  type QueueData,
  type RegisterBrokerBody,
  type TopicConfig,
  type TopicQueueMappingInfo,
} from '@orbitmq/protocol';
import { type LiveBroker, LiveBrokers } from './live-brokers.ts';

/** Brokers' addresses kept at most: whoever reaches the port can register one. */
export const MAX_BROKERS = 20_000;
/** Entries (topic, broker) kept at most, about 150 bytes each. */
export const MAX_QUEUE_DATAS = 2_000_000;

/** Who a broker says it is. */
export interface BrokerIdentity {
  readonly clusterName: string;
  readonly brokerName: string;
  /** 0 is the master. */
  readonly brokerId: number;
  readonly brokerAddr: string;
}

/** One registration. */
export interface Registration extends BrokerIdentity {
  readonly haServerAddr: string;
  readonly body: RegisterBrokerBody;
  /** Undefined from 4.x brokers. */
  readonly enableActingMaster?: boolean | undefined;
  readonly zoneName?: string | undefined;
  readonly timeoutMs: number;
  readonly connectionId: number;
  readonly nowMs: number;
  /** `deleteTopicWithBrokerRegistration`: topics that the broker no longer lists are dropped. */
  readonly dropsMissingTopics: boolean;
}

/** What a registration led to. */
export interface Registered {
  /** False when a live broker with a later state version holds the id. */
  readonly isAccepted: boolean;
  /** Address and replication address of the master, for a slave. */
  readonly master?: MasterAddresses | undefined;
  readonly change?: MinBrokerIdChange;
}

export interface MasterAddresses {
  readonly masterAddr: string;
  readonly haServerAddr: string;
}

/** The smallest id of a broker name changed: its members want to know. */
export interface MinBrokerIdChange {
  readonly brokerName: string;
  /** Members by id after the change. */
  readonly members: ReadonlyMap<number, string>;
  readonly offlineBrokerAddr?: string;
  readonly haBrokerAddr?: string;
}

/** Members of a broker name. */
export interface BrokerEntry {
  readonly brokerName: string;
  cluster: string;
  readonly addresses: Map<number, string>;
  enableActingMaster: boolean | undefined;
  zoneName: string | undefined;
}

export class RouteTable {
  readonly live = new LiveBrokers();
  readonly #queues = new Map<string, Map<string, QueueData>>();
  readonly #brokers = new Map<string, BrokerEntry>();
  readonly #clusters = new Map<string, Set<string>>();
  readonly #filterServers = new Map<string, readonly string[]>();
  readonly #mappings = new Map<string, Map<string, TopicQueueMappingInfo>>();
  readonly #maxQueueDatas: number;
  #queueDatas = 0;

  /** @param maxQueueDatas another bound than {@link MAX_QUEUE_DATAS}, for tests */
  constructor(maxQueueDatas = MAX_QUEUE_DATAS) {
    this.#maxQueueDatas = maxQueueDatas;
  }

  /** Topics with the queues that brokers have of them. */
  get topics(): ReadonlyMap<string, ReadonlyMap<string, QueueData>> {
    return this.#queues;
  }

  /** Clusters with the names of their brokers. */
  get clusters(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#clusters;
  }

  get brokers(): ReadonlyMap<string, Readonly<BrokerEntry>> {
    return this.#brokers;
  }

  filterServersOf(brokerAddr: string): readonly string[] {
    return this.#filterServers.get(brokerAddr) ?? [];
  }

  mappingsOf(topic: string): ReadonlyMap<string, TopicQueueMappingInfo> | undefined {
    return this.#mappings.get(topic);
  }

  /** @throws {RocketMqError} ROUTE_TABLE_FULL */
  register(registration: Registration): Registered {
    const known = this.live.get(registration.brokerAddr);
    if (known === undefined && this.live.size >= MAX_BROKERS)
      throw tableFull('brokers', MAX_BROKERS);
    if (this.#isFenced(registration)) {
      this.live.remove(registration.brokerAddr);
      return { isAccepted: false };
    }
    // Another broker stands behind the address now: what was there before is gone.
    if (known !== undefined && !isSameBroker(known, registration)) this.unregister([known]);
    const entry = this.#enter(registration);
    const formerMinId = minIdOf(entry.addresses);
    const isVacant = this.#takeId(entry, registration);
    try {
      this.#takeTopics(entry, registration, isVacant);
    } finally {
      // Its address is known now, even where its topics do not fit: without a sign of life it would stay for good.
      this.live.put(liveBrokerOf(registration));
    }
    this.#takeFilterServers(registration);
    const master = this.#masterFor(entry, registration);
    const isNewMin = Number.isFinite(formerMinId) && registration.brokerId < formerMinId;
    if (!isNewMin) return { isAccepted: true, master };
    const { brokerName, addresses } = entry;
    const members = new Map(addresses);
    const change = { brokerName, members, haBrokerAddr: registration.haServerAddr };
    return { isAccepted: true, master, change };
  }

  /**
   * Forgets brokers, and the topics that nobody else serves. An id that meanwhile belongs to another
   * address stays with it.
   */
  unregister(brokers: readonly BrokerIdentity[]): MinBrokerIdChange[] {
    const gone = new Set<string>();
    const reduced = new Set<string>();
    const changes: MinBrokerIdChange[] = [];
    for (const broker of brokers) {
      if (isSameBroker(this.live.get(broker.brokerAddr), broker)) {
        this.live.remove(broker.brokerAddr);
      }
      this.#filterServers.delete(broker.brokerAddr);
      const entry = this.#brokers.get(broker.brokerName);
      if (entry === undefined) continue;
      const change = this.#removeAddress(entry, broker.brokerAddr);
      if (this.#dropIfEmpty(entry)) gone.add(entry.brokerName);
      else reduced.add(entry.brokerName);
      if (change !== undefined) changes.push(change);
    }
    if (gone.size > 0) this.#removeQueues(gone);
    this.#forbidWritesWithoutMaster(reduced);
    return changes;
  }

  /** Whether the broker's topics differ from what it registered: by version, or because it never did. */
  isChanged(address: Pick<BrokerIdentity, 'brokerAddr'>, version: DataVersion): boolean {
    const known = this.live.get(address.brokerAddr);
    return known === undefined || !isSameVersion(known.dataVersion, version);
  }

  /** @returns topics whose permissions were set */
  changePermissions(brokerName: string, permissionOf: (perm: number) => number): number {
    let count = 0;
    for (const brokers of this.#queues.values()) {
      const queueData = brokers.get(brokerName);
      if (queueData === undefined) continue;
      brokers.set(brokerName, { ...queueData, perm: permissionOf(queueData.perm) });
      count++;
    }
    return count;
  }

  /** Forgets a topic, of one cluster's brokers only when `clusterName` is given. */
  deleteTopic(topic: string, clusterName?: string): void {
    const names =
      clusterName === undefined
        ? undefined
        : (this.#clusters.get(clusterName) ?? new Set<string>());
    for (const brokerName of this.#queues.get(topic)?.keys() ?? []) {
      if (names === undefined || names.has(brokerName)) this.#removeQueue(topic, brokerName);
    }
  }

  /** Adds queues of known brokers to a topic. @throws {RocketMqError} ROUTE_TABLE_FULL */
  registerTopic(topic: string, queueDatas: readonly QueueData[]): void {
    for (const queueData of queueDatas) {
      if (this.#brokers.has(queueData.brokerName)) this.#putQueue(topic, queueData);
    }
  }

  #enter(broker: Registration): BrokerEntry {
    let entry = this.#brokers.get(broker.brokerName);
    if (entry === undefined) {
      const { brokerName, clusterName: cluster } = broker;
      entry = {
        brokerName,
        cluster,
        addresses: new Map(),
        enableActingMaster: undefined,
        zoneName: undefined,
      };
      this.#brokers.set(brokerName, entry);
    }
    if (entry.cluster !== broker.clusterName) this.#leaveCluster(entry);
    entry.cluster = broker.clusterName;
    entry.enableActingMaster = broker.enableActingMaster;
    entry.zoneName = broker.zoneName;
    const names = this.#clusters.get(broker.clusterName) ?? new Set();
    this.#clusters.set(broker.clusterName, names.add(broker.brokerName));
    return entry;
  }

  /** Whether another live broker holds the id with a later epoch: this one was deposed. */
  #isFenced(registration: Registration): boolean {
    const entry = this.#brokers.get(registration.brokerName);
    const holder = entry?.addresses.get(registration.brokerId);
    if (holder === undefined || holder === registration.brokerAddr) return false;
    const live = this.live.get(holder);
    const { stateVersion = 0 } = registration.body.topicConfigSerializeWrapper.dataVersion;
    return live !== undefined && (live.dataVersion.stateVersion ?? 0) > stateVersion;
  }

  /** Gives the address its id. @returns whether the id was vacant */
  #takeId({ addresses }: BrokerEntry, { brokerId, brokerAddr }: Registration): boolean {
    for (const [id, address] of addresses) {
      if (address === brokerAddr && id !== brokerId) addresses.delete(id);
    }
    const isVacant = !addresses.has(brokerId);
    addresses.set(brokerId, brokerAddr);
    return isVacant;
  }

  /** Topics come from the master, in 5.x from the smallest slave too: they are written nowhere without a master. */
  #takeTopics(entry: BrokerEntry, registration: Registration, isFirst: boolean): void {
    const { brokerId, enableActingMaster } = registration;
    const isPrimeSlave =
      enableActingMaster !== undefined && brokerId !== 0 && brokerId === minIdOf(entry.addresses);
    if (brokerId !== 0 && !isPrimeSlave) return;
    const wrapper = registration.body.topicConfigSerializeWrapper;
    const isChanged = isFirst || this.isChanged(registration, wrapper.dataVersion);
    if (registration.dropsMissingTopics && isChanged) {
      this.#dropMissing(entry.brokerName, wrapper.topicConfigTable);
    }
    for (const topic of wrapper.topicConfigTable.values()) {
      if (!isChanged && this.#queues.get(topic.topicName)?.has(entry.brokerName)) continue;
      const queueData = queueDataOf(entry.brokerName, topic);
      const isReadOnly = isPrimeSlave && (enableActingMaster ?? false);
      this.#putQueue(topic.topicName, isReadOnly ? withoutWrite(queueData) : queueData);
    }
    if (isChanged) this.#takeMappings(entry.brokerName, wrapper.topicQueueMappingInfoMap);
  }

  #takeMappings(
    brokerName: string,
    mappings: ReadonlyMap<string, TopicQueueMappingInfo> | undefined,
  ): void {
    for (const [topic, mapping] of mappings ?? []) {
      // Only of topics that are known: they are what bounds the table.
      if (!this.#queues.has(topic)) continue;
      const brokers = this.#mappings.get(topic) ?? new Map<string, TopicQueueMappingInfo>();
      this.#mappings.set(topic, brokers.set(brokerName, mapping));
    }
  }

  #takeFilterServers({ brokerAddr, body }: Registration): void {
    if (body.filterServerList.length === 0) this.#filterServers.delete(brokerAddr);
    else this.#filterServers.set(brokerAddr, body.filterServerList);
  }

  #masterFor(entry: BrokerEntry, broker: Registration): MasterAddresses | undefined {
    const masterAddr = broker.brokerId === 0 ? undefined : entry.addresses.get(0);
    if (masterAddr === undefined) return undefined;
    const live = this.live.get(masterAddr);
    return live && { masterAddr, haServerAddr: live.haServerAddr };
  }

  #removeAddress(entry: BrokerEntry, brokerAddr: string): MinBrokerIdChange | undefined {
    const formerMinId = minIdOf(entry.addresses);
    for (const [id, address] of entry.addresses) {
      if (address === brokerAddr) entry.addresses.delete(id);
    }
    if (entry.addresses.size === 0 || minIdOf(entry.addresses) === formerMinId) return undefined;
    return {
      brokerName: entry.brokerName,
      members: new Map(entry.addresses),
      offlineBrokerAddr: brokerAddr,
    };
  }

  #dropIfEmpty(entry: BrokerEntry): boolean {
    if (entry.addresses.size > 0) return false;
    this.#brokers.delete(entry.brokerName);
    this.#leaveCluster(entry);
    return true;
  }

  #leaveCluster(entry: BrokerEntry): void {
    const names = this.#clusters.get(entry.cluster);
    names?.delete(entry.brokerName);
    if (names?.size === 0) this.#clusters.delete(entry.cluster);
  }

  #forbidWritesWithoutMaster(brokerNames: ReadonlySet<string>): void {
    const masterless = new Set<string>();
    for (const brokerName of brokerNames) {
      const entry = this.#brokers.get(brokerName);
      if (entry?.enableActingMaster === true && !entry.addresses.has(0)) masterless.add(brokerName);
    }
    if (masterless.size === 0) return;
    for (const brokers of this.#queues.values()) {
      for (const [brokerName, queueData] of brokers) {
        if (masterless.has(brokerName)) brokers.set(brokerName, withoutWrite(queueData));
      }
    }
  }

  #putQueue(topic: string, queueData: QueueData): void {
    const brokers = this.#queues.get(topic);
    if (brokers?.has(queueData.brokerName) !== true) {
      const max = this.#maxQueueDatas;
      if (this.#queueDatas >= max) throw tableFull('queue data', max);
      this.#queueDatas++;
    }
    if (brokers === undefined)
      this.#queues.set(topic, new Map([[queueData.brokerName, queueData]]));
    else brokers.set(queueData.brokerName, queueData);
  }

  #removeQueue(topic: string, brokerName: string): void {
    const brokers = this.#queues.get(topic);
    if (brokers?.delete(brokerName) === true) this.#queueDatas--;
    if (brokers?.size === 0) this.#queues.delete(topic);
    const mappings = this.#mappings.get(topic);
    mappings?.delete(brokerName);
    if (mappings?.size === 0) this.#mappings.delete(topic);
  }

  /** Goes through the table once, however many brokers go together: thousands may stand behind one connection. */
  #removeQueues(brokerNames: ReadonlySet<string>): void {
    for (const [topic, brokers] of this.#queues) {
      for (const brokerName of brokers.keys()) {
        if (brokerNames.has(brokerName)) this.#removeQueue(topic, brokerName);
      }
    }
  }

  #dropMissing(brokerName: string, listed: ReadonlyMap<string, TopicConfig>): void {
    for (const topic of this.#queues.keys()) {
      if (!listed.has(topic)) this.#removeQueue(topic, brokerName);
    }
  }
}

export function minIdOf(addresses: ReadonlyMap<number, string>): number {
  let min = Number.POSITIVE_INFINITY;
  for (const id of addresses.keys()) if (id < min) min = id;
  return min;
}

/** Members of a broker name as peers see them. */
export function brokerDataOf(entry: Readonly<BrokerEntry>): BrokerData {
  return {
    brokerAddrs: entry.addresses,
    brokerName: entry.brokerName,
    cluster: entry.cluster,
    enableActingMaster: entry.enableActingMaster,
    zoneName: entry.zoneName,
  };
}

function liveBrokerOf(registration: Registration): LiveBroker {
  const { clusterName, brokerAddr, brokerName, brokerId, haServerAddr } = registration;
  const { timeoutMs, connectionId, nowMs: lastSeenMs } = registration;
  const { dataVersion } = registration.body.topicConfigSerializeWrapper;
  const identity = { clusterName, brokerAddr, brokerName, brokerId };
  return { ...identity, haServerAddr, dataVersion, timeoutMs, connectionId, lastSeenMs };
}

function queueDataOf(brokerName: string, topic: TopicConfig): QueueData {
  const { perm, readQueueNums, topicSysFlag, writeQueueNums } = topic;
  return { brokerName, perm, readQueueNums, topicSysFlag, writeQueueNums };
}

function withoutWrite(queueData: QueueData): QueueData {
  return { ...queueData, perm: queueData.perm & ~Permission.write };
}

function isSameBroker(
  left: Pick<BrokerIdentity, 'brokerName' | 'clusterName'> | undefined,
  right: BrokerIdentity,
): boolean {
  return left?.brokerName === right.brokerName && left.clusterName === right.clusterName;
}

function isSameVersion(left: DataVersion, right: DataVersion): boolean {
  return (
    left.counter === right.counter &&
    left.timestamp === right.timestamp &&
    (left.stateVersion ?? 0) === (right.stateVersion ?? 0)
  );
}

function tableFull(what: string, max: number): RocketMqError {
  return new RocketMqError(`the name server keeps ${max} ${what}, no more fit`, {
    code: 'ROUTE_TABLE_FULL',
    details: { max },
  });
}
