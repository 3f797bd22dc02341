/**
 * What takes a timer message back: `v1 topic brokerName deliverTimestampMs uniqueId` in base64 for URLs.
 *
 * Source: RecallMessageHandle.java.
 */
import { invalidArgument } from './client-error.ts';
import { checkIsText } from './option-checks.ts';

export interface RecallHandle {
  readonly topic: string;
  readonly brokerName: string;
  /** Milliseconds since the epoch. */
  readonly deliverTimestampMs: number;
  readonly messageId: string;
}

const VERSION = 'v1';
const PARTS = 5;

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function decodeRecallHandle(handle: string): RecallHandle {
  checkIsText('the recall handle', handle);
  const parts = Buffer.from(handle, 'base64url').toString().split(' ');
  const [version, topic, brokerName, timestamp, messageId] = parts;
  const isWhole = parts.length >= PARTS && version === VERSION && /^\d+$/.test(timestamp ?? '');
  if (!isWhole || topic === undefined || brokerName === undefined || messageId === undefined) {
    throw invalidArgument('the recall handle is invalid: it was not made by a broker');
  }
  return { topic, brokerName, deliverTimestampMs: Number(timestamp), messageId };
}
