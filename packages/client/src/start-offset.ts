/** Where a consumer begins in a queue that it takes over. Source: RebalancePushImpl.java (computePullFromWhere). */
import {
  getMaxOffset,
  getMinOffset,
  RETRY_TOPIC_PREFIX,
  searchOffsetByTimestamp,
} from '@orbitmq/protocol';
import type { ClientCore } from './client-core.ts';
import { invalidArgument } from './client-error.ts';
import type { MessageQueue } from './message.ts';
import type { OffsetStore } from './offset-store.ts';
import { shown, timestamp } from './option-checks.ts';

/**
 * Where a group begins in a queue that it never consumed: at the end, at the beginning, or at the first
 * message that was stored at a time or later. A `timestamp` is local time as `yyyyMMddHHmmss`, Apache's form.
 *
 * Brokers may decide otherwise: a group that is new to a young queue, whose first message is still there,
 * begins at its first message even with `last`.
 */
export type ConsumeFrom =
  | 'last'
  | 'first'
  | { readonly timestampMs: number }
  | { readonly timestamp: string };

const CALL_TIMEOUT_MS = 5_000;
const TIMESTAMP = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;

/** @returns milliseconds since the epoch @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function parseConsumeTimestamp(text: string): number {
  const [, ...parts] = TIMESTAMP.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const date = new Date(year, month - 1, day, hour, minute, second);
  const isReal = parts.length > 0 && date.getMonth() === month - 1 && date.getDate() === day;
  if (!isReal || hour > 23 || minute > 59 || second > 59) {
    throw invalidArgument(`timestamp is ${text}, expected yyyyMMddHHmmss in local time`);
  }
  return date.getTime();
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when it is no place, or a timestamp is none */
export function checkConsumeFrom(consumeFrom: ConsumeFrom | undefined): void {
  if (consumeFrom === undefined || consumeFrom === 'first' || consumeFrom === 'last') return;
  if (typeof consumeFrom !== 'object' || consumeFrom === null) {
    throw invalidArgument(
      `consumeFrom is ${shown(consumeFrom)}, expected first, last, { timestampMs } or { timestamp }`,
    );
  }
  if ('timestamp' in consumeFrom) parseConsumeTimestamp(consumeFrom.timestamp);
  else timestamp('consumeFrom.timestampMs', consumeFrom.timestampMs);
}

/** Offset of a queue's next message. Rejects as `ClientCore.call` does. */
export function maxOffset(core: ClientCore, queue: MessageQueue): Promise<number> {
  const { topic, queueId, brokerName } = queue;
  const values = { topic, queueId, committed: true, bname: brokerName };
  return ask(core, queue, (address) => {
    return core.call(address, getMaxOffset, values, { timeoutMs: CALL_TIMEOUT_MS });
  });
}

/** Offset of the first message that is still there. */
export function minOffset(core: ClientCore, queue: MessageQueue): Promise<number> {
  const { topic, queueId, brokerName } = queue;
  const values = { topic, queueId, bname: brokerName };
  return ask(core, queue, (address) => {
    return core.call(address, getMinOffset, values, { timeoutMs: CALL_TIMEOUT_MS });
  });
}

/** Offset of the first message that was stored at a time, in milliseconds since the epoch, or later. */
export function offsetAt(
  core: ClientCore,
  queue: MessageQueue,
  timestampMs: number,
): Promise<number> {
  const { topic, queueId, brokerName } = queue;
  const values = { topic, queueId, timestamp: timestampMs, bname: brokerName };
  return ask(core, queue, (address) => {
    return core.call(address, searchOffsetByTimestamp, values, { timeoutMs: CALL_TIMEOUT_MS });
  });
}

/** The stored offset, or where `consumeFrom` says. Rejects when it cannot be found out. */
export async function startOffset(
  core: ClientCore,
  offsets: OffsetStore,
  queue: MessageQueue,
  consumeFrom: ConsumeFrom = 'last',
): Promise<number> {
  const stored = await offsets.read(queue);
  if (stored !== undefined && stored >= 0) return stored;
  // Whatever is in the retry topic was sent back by this group: none of it may be missed.
  if (consumeFrom === 'first' || queue.topic.startsWith(RETRY_TOPIC_PREFIX)) return 0;
  if (consumeFrom === 'last') return maxOffset(core, queue);
  const timestampMs =
    'timestamp' in consumeFrom
      ? parseConsumeTimestamp(consumeFrom.timestamp)
      : consumeFrom.timestampMs;
  return offsetAt(core, queue, timestampMs);
}

async function ask(
  core: ClientCore,
  queue: MessageQueue,
  call: (address: string) => Promise<{ readonly fields: { readonly offset: number } }>,
): Promise<number> {
  return (await call(await core.masterAddressOf(queue))).fields.offset;
}
