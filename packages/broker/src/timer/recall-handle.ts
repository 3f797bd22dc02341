/**
 * What a sender gets to take a timer message back: base64url, padded, of `v1 topic broker time key`. The time
 * is one millisecond into the slot the message waits in, so that a message asking for its recall waits there too.
 *
 * Source: RecallMessageHandle.java.
 */

const VERSION = 'v1';

export interface RecallHandle {
  readonly topic: string;
  readonly brokerName: string;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly uniqueKey: string;
}

export function printRecallHandle(handle: RecallHandle): string {
  const { topic, brokerName, timeMs, uniqueKey } = handle;
  const text = `${VERSION} ${topic} ${brokerName} ${timeMs} ${uniqueKey}`;
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** @returns undefined for what is no handle */
export function parseRecallHandle(text: string): RecallHandle | undefined {
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(text)) return undefined;
  const [version, topic, brokerName, time, uniqueKey] = Buffer.from(text, 'base64url')
    .toString('utf8')
    .split(' ');
  const isComplete = version === VERSION && topic !== undefined && brokerName !== undefined;
  if (!isComplete || uniqueKey === undefined || !/^\d{1,15}$/.test(time ?? '')) return undefined;
  return { topic, brokerName, timeMs: Number(time), uniqueKey };
}
