import {
  checkClientConfig,
  consumerSendMsgBack,
  decodeProperties,
  getConsumerListByGroup,
  getMaxOffset,
  getMinOffset,
  heartBeat,
  lockBatchMq,
  MessageSysFlag,
  notifyConsumerIdsChanged,
  PropertyName,
  parseCheckClientRequestBody,
  parseHeartbeatData,
  parseLockBatchRequestBody,
  printConsumerIdList,
  printLockBatchResponseBody,
  pullMessage,
  queryConsumerOffset,
  type RequestOf,
  ResponseCode,
  retryTopicOf,
  searchOffsetByTimestamp,
  sendBatchMessage,
  sendMessageV2,
  unlockBatchMq,
  unregisterClient,
  updateConsumerOffset,
} from '@orbitmq/protocol';
import { type Connection, RemotingServer, reply } from '@orbitmq/remoting';
import type { MemoryNet, VirtualTime } from '@orbitmq/testkit';
import { MemoryLog, type PutOptions } from './memory-log.ts';
import { MemoryTransactions } from './memory-transactions.ts';

const LOCK_LEASE_MS = 60_000;
/** Of the levels from 1 on; what is not here is not used in tests. */
const DELAYS_MS = [1_000, 5_000, 10_000, 30_000, 60_000, 120_000];

/** A broker in memory that does what a consumer needs of one, and can be told to fail. */
export class MemoryBroker {
  readonly name: string;
  readonly port: number;
  /** Of groups: `group@topic@queueId` to offset. */
  readonly offsets = new Map<string, number>();
  /** Group to client id to its connection. */
  readonly members = new Map<string, Map<string, Connection>>();
  readonly locks = new Map<string, { clientId: string; untilMs: number }>();
  /** Requests by code that are answered with another code. */
  readonly refused = new Map<number, number>();
  /** Codes of requests that are never answered. */
  readonly unanswered = new Set<number>();
  /** Requests that came, in order. */
  readonly requests: number[] = [];
  readonly pulls: RequestOf<typeof pullMessage>[] = [];
  readonly deadLetters: string[] = [];
  readonly readQueues = new Map<string, number>();
  /** Producer group to connections, in the order they were heard of. */
  readonly producers = new Map<string, Set<Connection>>();
  minOffset = 0;
  readonly #net: MemoryNet;
  readonly #time: VirtualTime;
  readonly #log: MemoryLog;
  readonly #transactions: MemoryTransactions;
  #waiting: (() => void)[] = [];
  #server: RemotingServer | undefined;

  constructor(name: string, port: number, net: MemoryNet, time: VirtualTime) {
    this.name = name;
    this.port = port;
    this.#net = net;
    this.#time = time;
    this.#log = new MemoryLog(time);
    this.#transactions = new MemoryTransactions({
      time,
      producer: (group) => [...(this.producers.get(group) ?? [])].at(-1),
      put: (topic, queueId, body, options) => void this.put(topic, queueId, body, options),
    });
  }

  /** Half messages that nobody has ended. */
  get openHalves(): number {
    return this.#transactions.openCount;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const time = this.#time;
    const server = new RemotingServer({
      port: this.port,
      net: this.#net,
      clock: time,
      timers: time,
    });
    this.#server = server;
    server.onConnectionClosed((connection) => this.#forget(connection));
    this.#serve(server);
    await server.listen();
    this.#transactions.start();
  }

  /** As when the process ends: connections break, members and locks are forgotten, messages stay. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#transactions.stop();
    this.members.clear();
    this.producers.clear();
    this.locks.clear();
    for (const socket of this.#net.accepted) {
      if (socket.local.port === this.port) socket.fail(undefined);
    }
    void server?.close();
    this.#wake();
    await Promise.resolve();
  }

  /** Stores a message, as a producer or the schedule would have it. @returns its queue offset */
  put(topic: string, queueId: number, body: string, options: PutOptions = {}): number {
    const offset = this.#log.put(topic, queueId, body, options);
    this.#wake();
    return offset;
  }

  /** Loses what is stored from an offset on, as after a power cut. */
  truncate(topic: string, queueId: number, offset: number): void {
    this.#log.queue(topic, queueId).length = offset;
    this.#wake();
  }

  /** A message as it is stored. */
  bytesOf(topic: string, queueId: number, queueOffset: number): Buffer | undefined {
    return this.#log.queue(topic, queueId)[queueOffset]?.bytes;
  }

  /** Bodies of all messages that are stored. */
  bodies(topic: string): string[] {
    return this.#log.bodies(topic);
  }

  /** Properties of all messages that are stored. */
  propertiesOf(topic: string): Readonly<Record<string, string>>[] {
    return this.#log.messages(topic).map(({ properties }) => properties);
  }

  /** How far a group is, as consumers have told. */
  offsetOf(group: string, topic: string, queueId: number): number | undefined {
    return this.offsets.get(`${group}@${topic}@${queueId}`);
  }

  membersOf(group: string): readonly string[] {
    return [...(this.members.get(group)?.keys() ?? [])];
  }

  connectionOf(group: string, clientId: string): Connection | undefined {
    return this.members.get(group)?.get(clientId);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #forget(connection: Connection): void {
    for (const connections of this.producers.values()) connections.delete(connection);
    for (const [group, members] of this.members) {
      for (const [clientId, own] of members) {
        if (own !== connection) continue;
        members.delete(clientId);
        this.notify(group);
      }
    }
  }

  /** Tells the members of a group that there may be others now. */
  notify(group: string): void {
    const extFields = { consumerGroup: group };
    for (const connection of this.members.get(group)?.values() ?? []) {
      connection.sendOneway({ code: notifyConsumerIdsChanged.code, extFields });
    }
  }

  #refusal(code: number) {
    this.requests.push(code);
    if (this.unanswered.has(code)) return new Promise<never>(() => undefined);
    const refusal = this.refused.get(code);
    return refusal === undefined
      ? undefined
      : reply({ code: refusal, remark: 'as the test wants' });
  }

  #serve(server: RemotingServer): void {
    server.register(heartBeat, (_fields, { command, connection }) => {
      const refusal = this.#refusal(heartBeat.code);
      if (refusal !== undefined) return refusal;
      const { clientID, consumerDataSet, producerDataSet } = parseHeartbeatData(command.body);
      for (const { groupName } of producerDataSet) {
        this.producers.set(groupName, (this.producers.get(groupName) ?? new Set()).add(connection));
      }
      for (const { groupName } of consumerDataSet) {
        const members = this.members.get(groupName) ?? new Map<string, Connection>();
        this.members.set(groupName, members);
        const isNew = members.get(clientID) !== connection;
        members.set(clientID, connection);
        if (isNew) this.notify(groupName);
      }
      return undefined;
    });
    server.register(unregisterClient, ({ clientID, consumerGroup }) => {
      const refusal = this.#refusal(unregisterClient.code);
      if (refusal !== undefined) return refusal;
      this.members.get(consumerGroup ?? '')?.delete(clientID);
      this.notify(consumerGroup ?? '');
      return undefined;
    });
    server.register(getConsumerListByGroup, ({ consumerGroup }) => {
      const refusal = this.#refusal(getConsumerListByGroup.code);
      if (refusal !== undefined) return refusal;
      const consumerIdList = [...this.membersOf(consumerGroup)];
      if (consumerIdList.length === 0) return reply({ code: ResponseCode.SYSTEM_ERROR });
      return reply({ body: printConsumerIdList({ consumerIdList }) });
    });
    server.register(checkClientConfig, (_fields, { command }) => {
      parseCheckClientRequestBody(command.body);
      return this.#refusal(checkClientConfig.code);
    });
    this.#serveOffsets(server);
    this.#serveLocks(server);
    server.register(pullMessage, (request, { connection }) => {
      const refusal = this.#refusal(pullMessage.code);
      if (refusal !== undefined) return refusal;
      this.pulls.push(request);
      return this.#pull(request, connection);
    });
    server.register(consumerSendMsgBack, (request) => {
      const refusal = this.#refusal(consumerSendMsgBack.code);
      if (refusal !== undefined) return refusal;
      this.#sendBack(request);
      return undefined;
    });
    this.#serveSends(server);
    this.#transactions.serve(server);
  }

  #serveSends(server: RemotingServer): void {
    server.register(sendMessageV2, (header, { command }) => {
      const refusal = this.#refusal(sendMessageV2.code);
      return refusal ?? this.#store(header, command.body?.toString() ?? '');
    });
    server.register(sendBatchMessage, ({ b, e }, { command }) => {
      const refusal = this.#refusal(sendBatchMessage.code);
      if (refusal !== undefined) return refusal;
      const bodies = bodiesOfBatch(command.body ?? Buffer.alloc(0));
      const [queueOffset = 0] = bodies.map((body) => this.put(b, e, body));
      return { msgId: bodies.map(() => 'copy').join(), queueId: e, queueOffset };
    });
  }

  #store({ b, e, f, i, j, l }: RequestOf<typeof sendMessageV2>, body: string) {
    const { [PropertyName.delayLevel]: level, ...properties } = decodeProperties(i ?? '');
    const reconsumeTimes = j ?? 0;
    if ((f & MessageSysFlag.transactionRollback) === MessageSysFlag.transactionPrepared) {
      const half = this.#transactions.add(b, e, body, { properties });
      const { offsetMessageId: msgId, queueOffset } = half;
      return { msgId, queueId: e, queueOffset, transactionId: properties[PropertyName.uniqueKey] };
    }
    if (b.startsWith('%RETRY%') && reconsumeTimes >= (l ?? 16)) this.deadLetters.push(body);
    else
      this.#later(Number(level ?? 0), () => this.put(b, e, body, { properties, reconsumeTimes }));
    return { msgId: 'copy', queueId: e, queueOffset: 0 };
  }

  #serveOffsets(server: RemotingServer): void {
    server.register(queryConsumerOffset, ({ consumerGroup, topic, queueId }) => {
      const refusal = this.#refusal(queryConsumerOffset.code);
      if (refusal !== undefined) return refusal;
      const offset = this.offsetOf(consumerGroup, topic, queueId);
      return offset === undefined ? reply({ code: ResponseCode.QUERY_NOT_FOUND }) : { offset };
    });
    server.register(updateConsumerOffset, ({ consumerGroup, topic, queueId, commitOffset }) => {
      const refusal = this.#refusal(updateConsumerOffset.code);
      if (refusal !== undefined) return refusal;
      this.offsets.set(`${consumerGroup}@${topic}@${queueId}`, commitOffset);
      return undefined;
    });
    server.register(getMaxOffset, ({ topic, queueId }) => ({
      offset: this.#log.queue(topic, queueId).length,
    }));
    server.register(getMinOffset, () => ({ offset: this.minOffset }));
    server.register(searchOffsetByTimestamp, ({ topic, queueId, timestamp }) => {
      const queue = this.#log.queue(topic, queueId);
      const index = queue.findIndex(({ storedMs }) => storedMs >= timestamp);
      return { offset: index < 0 ? queue.length : index };
    });
  }

  #serveLocks(server: RemotingServer): void {
    server.register(lockBatchMq, (_fields, { command }) => {
      const refusal = this.#refusal(lockBatchMq.code);
      if (refusal !== undefined) return refusal;
      const { clientId, mqSet } = parseLockBatchRequestBody(command.body);
      const now = this.#time.monotonicMs();
      const granted = mqSet.filter(({ topic, queueId }) => {
        const key = `${topic}@${queueId}`;
        const lock = this.locks.get(key);
        if (lock !== undefined && lock.clientId !== clientId && lock.untilMs > now) return false;
        this.locks.set(key, { clientId, untilMs: now + LOCK_LEASE_MS });
        return true;
      });
      return reply({ body: printLockBatchResponseBody({ lockOKMQSet: granted }) });
    });
    server.register(unlockBatchMq, (_fields, { command }) => {
      this.requests.push(unlockBatchMq.code);
      const { clientId, mqSet } = parseLockBatchRequestBody(command.body);
      for (const { topic, queueId } of mqSet) {
        const key = `${topic}@${queueId}`;
        if (this.locks.get(key)?.clientId === clientId) this.locks.delete(key);
      }
    });
  }

  async #pull(request: RequestOf<typeof pullMessage>, connection: Connection) {
    const { consumerGroup, topic, queueId, queueOffset, maxMsgNums } = request;
    if ((request.sysFlag & 1) !== 0) {
      this.offsets.set(`${consumerGroup}@${topic}@${queueId}`, request.commitOffset);
    }
    const isKnown = [...(this.members.get(consumerGroup)?.values() ?? [])].includes(connection);
    if (!isKnown && (request.sysFlag & 4) === 0) {
      return reply<typeof pullMessage>({ code: ResponseCode.SUBSCRIPTION_NOT_EXIST });
    }
    const queue = this.#log.queue(topic, queueId);
    if (queueOffset > queue.length || queueOffset < this.minOffset) {
      const code = ResponseCode.PULL_OFFSET_MOVED;
      const next = queueOffset > queue.length ? queue.length : this.minOffset;
      return reply<typeof pullMessage>({ code, fields: this.#pullFields(next, queue.length) });
    }
    if (queueOffset === queue.length) {
      await this.#newMessage(request.suspendTimeoutMillis);
      if (queueOffset === queue.length) {
        const code = ResponseCode.PULL_NOT_FOUND;
        return reply<typeof pullMessage>({
          code,
          fields: this.#pullFields(queueOffset, queue.length),
        });
      }
    }
    const found = queue.slice(queueOffset, queueOffset + maxMsgNums);
    return reply<typeof pullMessage>({
      fields: this.#pullFields(queueOffset + found.length, queue.length),
      body: Buffer.concat(found.map(({ bytes }) => bytes)),
    });
  }

  #pullFields(nextBeginOffset: number, maxOffset: number) {
    return { suggestWhichBrokerId: 0, nextBeginOffset, minOffset: this.minOffset, maxOffset };
  }

  /** A message has come, to whatever queue, or the time is over. */
  #newMessage(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#time.after(timeoutMs, resolve);
      this.#waiting.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #sendBack(request: RequestOf<typeof consumerSendMsgBack>) {
    const { offset, group, delayLevel, maxReconsumeTimes = 16 } = request;
    const record = this.#log.at(offset);
    if (record === undefined) throw new Error(`no message at ${offset}`);
    const { reconsumeTimes, topic } = record;
    const body = record.body.toString();
    if (delayLevel < 0 || reconsumeTimes >= maxReconsumeTimes) {
      this.deadLetters.push(body);
      return;
    }
    this.#later(delayLevel === 0 ? 3 + reconsumeTimes : delayLevel, () => {
      this.put(retryTopicOf(group), 0, body, {
        properties: { [PropertyName.retryTopic]: topic, ...record.properties },
        reconsumeTimes: reconsumeTimes + 1,
      });
    });
  }

  #later(level: number, act: () => void): void {
    if (level === 0) act();
    else this.#time.after(DELAYS_MS[level - 1] ?? 120_000, act);
  }
}

/** Bodies of a batch's elements, see `encodeBatchBody`. */
function bodiesOfBatch(batch: Buffer): string[] {
  const bodies: string[] = [];
  for (let at = 0; at < batch.length; at += batch.readInt32BE(at)) {
    const start = at + 20;
    bodies.push(batch.subarray(start, start + batch.readInt32BE(at + 16)).toString());
  }
  return bodies;
}
