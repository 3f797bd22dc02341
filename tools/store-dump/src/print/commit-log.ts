import { decodeRecord, type HostAddress, type StoredMessage } from '@orbitmq/protocol';
import { type LogEvent, walkLogFile } from '../log-walk.ts';
import type { Row } from '../row.ts';
import type { SegmentFile } from '../segment-list.ts';
import type { PrintOptions } from './print-options.ts';

/** Records of a commit-log file, and what stands between them. */
export async function* printCommitLog(
  segment: SegmentFile,
  options: PrintOptions,
): AsyncGenerator<Row> {
  const { disk, from = segment.baseOffset } = options;
  if (from >= segment.baseOffset + segment.sizeBytes) return;
  const start = Math.max(from, segment.baseOffset);
  for await (const events of walkLogFile(disk, segment, start)) {
    for (const event of events) {
      // Bytes before the first record behind `from` are the end of another record.
      const isInside = event.kind === 'damage' && event.offset === from;
      const row = isInside ? undefined : rowOf(event, options);
      if (row !== undefined) yield row;
    }
  }
}

function rowOf(event: LogEvent, options: PrintOptions): Row | undefined {
  const { kind, offset, sizeBytes } = event;
  if (kind === 'record') {
    const message = decodeRecord(event.buffer, event.position);
    return isWanted(message, options) ? recordRow(message, options.bodyBytes) : undefined;
  }
  if (options.topic !== undefined || options.queueId !== undefined) return undefined;
  const reason = kind === 'damage' ? event.reason : undefined;
  return { offset, kind, size: sizeBytes, reason };
}

function isWanted(message: StoredMessage, { topic, queueId }: PrintOptions): boolean {
  return (
    (topic === undefined || message.topic === topic) &&
    (queueId === undefined || message.queueId === queueId)
  );
}

function recordRow(message: StoredMessage, bodyBytes: number): Row {
  return {
    offset: message.physicalOffset,
    kind: 'record',
    size: message.storeSizeBytes,
    topic: message.topic,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    flag: message.flag,
    sysFlag: message.sysFlag,
    bornTimestamp: message.bornTimestamp,
    bornHost: hostText(message.bornHost),
    storeTimestamp: message.storeTimestamp,
    storeHost: hostText(message.storeHost),
    reconsumeTimes: message.reconsumeTimes,
    preparedTransactionOffset: message.preparedTransactionOffset,
    messageId: message.offsetMessageId,
    properties: { ...message.properties },
    bodySize: message.body.length,
    body: message.body.toString('utf8', 0, bodyBytes),
  };
}

function hostText({ ip, port }: HostAddress): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
