/** Where groups go on, set by administrators. Source: AdminBrokerProcessor.java, Broker2Client.java, ConsumerOffsetManager.java. */
import {
  cloneGroupOffset,
  invokeBrokerToResetOffset,
  printQueryCorrectionOffsetBody,
  printResetOffsetBody,
  queryCorrectionOffset,
  ResponseCode,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import { type QueueOffsets, tellOffsets } from '../clients/client-calls.ts';
import {
  type ResetSources,
  type ResetTargets,
  targetsAtBroker,
  targetsForConsumers,
} from '../offsets/reset-targets.ts';
import { PeerVersion } from '../peer-version.ts';

/** What marks a queue that needs no correction. */
const NO_CORRECTION = 2 ** 63;

export function registerResetHandlers(server: RemotingServer, context: BrokerContext): void {
  server.register(invokeBrokerToResetOffset, handleReset(context));
  server.register(cloneGroupOffset, handleClone(context));
  server.register(queryCorrectionOffset, handleCorrection(context));
}

/**
 * Tools of 5.x have the broker set the offsets, whether consumers are online or not
 * (`useServerSideResetOffset`). Tools of 4.x have it tell the consumers, and when there is none they set the
 * offsets themselves, queue by queue: they know by CONSUMER_NOT_ONLINE that they have to.
 */
function handleReset(context: BrokerContext): Handler<typeof invokeBrokerToResetOffset> {
  return async (wish, { command }) => {
    const isAtBroker = context.config.useServerSideResetOffset && command.version >= PeerVersion.v5;
    const targets = isAtBroker
      ? await resetAtBroker(context, wish)
      : await resetConsumers(context, wish, command.language);
    context.log.info(
      { topic: wish.topic, group: wish.group, timestamp: wish.timestamp, isAtBroker },
      'offsets reset',
    );
    const offsetTable = queueOffsets(context, wish.topic, targets);
    return reply({ body: printResetOffsetBody({ offsetTable }) });
  };
}

type Wish = Parameters<Handler<typeof invokeBrokerToResetOffset>>[0];

async function resetAtBroker(context: BrokerContext, wish: Wish): Promise<ResetTargets> {
  const topic = context.topics.byName(wish.topic);
  if (topic === undefined) {
    throw new ResponseError(ResponseCode.TOPIC_NOT_EXIST, `Topic ${wish.topic} does not exist`);
  }
  if (context.groups.get(wish.group) === undefined) {
    throw new ResponseError(
      ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      `Group ${wish.group} does not exist`,
    );
  }
  const targets = await targetsAtBroker(topic, wish, sourcesOf(context));
  const isOnline = context.consumers.get(wish.group) !== undefined;
  for (const [queueId, offset] of targets) {
    if (isOnline) context.resets.set(wish.topic, wish.group, queueId, offset);
    context.metadata.commitConsumerOffset(wish.topic, wish.group, queueId, offset);
  }
  return targets;
}

async function resetConsumers(
  context: BrokerContext,
  wish: Wish,
  requesterLanguage: number,
): Promise<ResetTargets> {
  const { topic: name, group, timestamp, isForce } = wish;
  const topic = context.topics.byName(name);
  if (topic === undefined) {
    throw new ResponseError(
      ResponseCode.SYSTEM_ERROR,
      `[reset-offset] reset offset failed, no topic in this broker. topic=${name}`,
    );
  }
  const targets = await targetsForConsumers(topic, wish, sourcesOf(context));
  const members = context.consumers.get(group)?.members() ?? [];
  if (members.length === 0) {
    throw new ResponseError(
      ResponseCode.CONSUMER_NOT_ONLINE,
      `Consumer not online, so can not reset offset, Group: ${group} Topic: ${name} Timestamp: ${timestamp}`,
    );
  }
  const offsets = queueOffsets(context, name, targets);
  const notice = { topic: name, group, timestamp, isForce, offsets, requesterLanguage };
  tellOffsets(members, notice, context.log);
  return targets;
}

function sourcesOf({ store, metadata }: BrokerContext): ResetSources {
  return {
    offsetByTime: (queue, timeMs) => store.offsetByTime(queue, timeMs),
    consumerOffset: (topic, group, queueId) => metadata.consumerOffset(topic, group, queueId),
  };
}

function queueOffsets(
  { config }: BrokerContext,
  topic: string,
  targets: ResetTargets,
): QueueOffsets {
  const { brokerName } = config;
  return [...targets].map(([queueId, offset]) => [{ brokerName, queueId, topic }, offset] as const);
}

/**
 * Copies a group's offsets of one topic, or of all its topics. A topic that its online members do not
 * subscribe to is left out, unless the request says that the group counts as offline.
 *
 * Without a topic Apache's broker copies nothing; here everything is copied, as the request says.
 */
function handleClone(context: BrokerContext): Handler<typeof cloneGroupOffset> {
  return ({ srcGroup, destGroup, topic, offline }) => {
    const { metadata, consumers, topics } = context;
    const isForAll = topic === undefined || topic.trim() === '';
    const online = offline ? undefined : consumers.get(srcGroup);
    for (const name of isForAll ? metadata.topicsOfGroup(srcGroup) : [topic]) {
      if (topics.byName(name) === undefined) continue;
      const isForeign =
        online !== undefined &&
        online.subscriptions().length > 0 &&
        online.subscription(name) === undefined;
      if (isForeign) continue;
      for (const [queueId, offset] of metadata.offsetsOfGroup(srcGroup, name) ?? []) {
        metadata.commitConsumerOffset(name, destGroup, queueId, offset);
      }
    }
  };
}

/**
 * The smallest offset of any group in each queue, for a group that is to be put back there; queues in which that
 * group is behind already need no correction. Groups in `filterGroups` do not count.
 *
 * Apache's broker deletes the offsets of the filtered groups while it answers; here they are only skipped.
 */
function handleCorrection(context: BrokerContext): Handler<typeof queryCorrectionOffset> {
  return ({ topic: name, compareGroup, filterGroups }) => {
    const { metadata } = context;
    const filtered = new Set(filterGroups?.split(',') ?? []);
    const topic = context.topics.byName(name);
    const smallest = new Map<number, number>();
    for (const group of metadata.groupsOfTopic(name)) {
      if (filtered.has(group)) continue;
      for (const [queueId, offset] of metadata.offsetsOfGroup(group, name) ?? []) {
        if (offset < (topic?.queue(queueId).minOffset ?? 0)) continue;
        smallest.set(queueId, Math.min(offset, smallest.get(queueId) ?? NO_CORRECTION));
      }
    }
    for (const [queueId, offset] of metadata.offsetsOfGroup(compareGroup, name) ?? []) {
      const other = smallest.get(queueId);
      if (other !== undefined && other > offset) smallest.set(queueId, NO_CORRECTION);
    }
    return reply({ body: printQueryCorrectionOffsetBody({ correctionOffsets: smallest }) });
  };
}
