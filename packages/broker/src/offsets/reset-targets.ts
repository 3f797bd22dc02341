/** Where the queues of a group are to go on. Source: Broker2Client.java, AdminBrokerProcessor.java (resetOffsetInner). */
import { ResponseCode } from '@orbitmq/protocol';
import { ResponseError } from '@orbitmq/remoting';
import type { Queue } from '@orbitmq/store';

/** What an administrator asks for. */
export interface ResetWish {
  readonly group: string;
  /** Milliseconds since the epoch; negative means the end. */
  readonly timestamp: number;
  /** Whether a group may skip messages it has not consumed. */
  readonly isForce: boolean;
  /** One queue alone; all when it is absent or negative. */
  readonly queueId?: number | undefined;
  /** For one queue: goes before the time. */
  readonly offset?: number | undefined;
}

/** The topic whose offsets are reset. */
export interface ResetTopic {
  readonly name: string;
  readonly config: { readonly writeQueueNums: number };
  queue(queueId: number): Queue;
}

export interface ResetSources {
  offsetByTime(queue: Queue, timeMs: number): Promise<number>;
  consumerOffset(topic: string, group: string, queueId: number): number | undefined;
}

/** New offsets by queue id. */
export type ResetTargets = ReadonlyMap<number, number>;

/**
 * The offsets that consumers are told: a queue that would move forwards stays where it is unless the
 * wish is forced.
 *
 * @throws {ResponseError} when the group never committed an offset of a queue
 */
export async function targetsForConsumers(
  topic: ResetTopic,
  wish: ResetWish,
  sources: ResetSources,
): Promise<ResetTargets> {
  const targets = new Map<number, number>();
  for (const queueId of queueIdsOf(topic, wish)) {
    const current = sources.consumerOffset(topic.name, wish.group, queueId);
    if (current === undefined) {
      throw new ResponseError(
        ResponseCode.SYSTEM_ERROR,
        // Spelled so.
        `THe consumer group <${wish.group}> not exist`,
      );
    }
    const wanted = await wantedOffset(topic.queue(queueId), wish, sources);
    targets.set(queueId, wish.isForce || wanted < current ? wanted : current);
  }
  return targets;
}

/**
 * The offsets that the broker sets itself, forwards or backwards.
 *
 * @throws {ResponseError} when a given offset lies outside of its queue, or there is no queue
 */
export async function targetsAtBroker(
  topic: ResetTopic,
  wish: ResetWish,
  sources: ResetSources,
): Promise<ResetTargets> {
  const targets = new Map<number, number>();
  for (const queueId of queueIdsOf(topic, wish)) {
    const queue = topic.queue(queueId);
    const { offset } = wish;
    if (offset !== undefined && offset >= 0 && isForOneQueue(wish)) {
      checkRange(queue, offset);
      targets.set(queueId, offset);
    } else {
      targets.set(queueId, await wantedOffset(queue, wish, sources));
    }
  }
  if (targets.size === 0) {
    throw new ResponseError(ResponseCode.SYSTEM_ERROR, 'No queues to reset.');
  }
  return targets;
}

function isForOneQueue({ queueId }: ResetWish): boolean {
  return queueId !== undefined && queueId >= 0;
}

function queueIdsOf(topic: ResetTopic, wish: ResetWish): readonly number[] {
  const all = Array.from({ length: topic.config.writeQueueNums }, (_, queueId) => queueId);
  return isForOneQueue(wish) ? all.filter((queueId) => queueId === wish.queueId) : all;
}

async function wantedOffset(
  queue: Queue,
  { timestamp }: ResetWish,
  sources: ResetSources,
): Promise<number> {
  if (timestamp < 0) return Math.max(0, queue.maxOffset);
  return Math.max(0, await sources.offsetByTime(queue, timestamp));
}

function checkRange(queue: Queue, offset: number): void {
  const { minOffset, maxOffset } = queue;
  if (offset >= minOffset && offset <= maxOffset) return;
  throw new ResponseError(
    ResponseCode.SYSTEM_ERROR,
    `Target offset ${offset} not in consume queue range [${minOffset}-${maxOffset}]`,
  );
}
