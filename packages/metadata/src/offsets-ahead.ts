import type { ConsumerOffsetsItem } from './broker-metadata.ts';

/** Offset of a queue's next message; 0 for a queue that there is not. */
export type QueueEnd = (topic: string, queueId: number) => number;

/** An offset beyond its queue's end. */
export interface OffsetAhead {
  readonly topic: string;
  readonly group: string;
  readonly queueId: number;
  readonly offset: number;
  /** Where the queue ends, and the group is to go on. */
  readonly queueEnd: number;
}

/**
 * Offsets that lead beyond their queues. A power cut may take messages that a group consumed already, and
 * leave its offset: what comes in their places is not to be passed over.
 */
export function offsetsAhead(
  items: Iterable<ConsumerOffsetsItem>,
  queueEnd: QueueEnd,
): OffsetAhead[] {
  const ahead: OffsetAhead[] = [];
  for (const { topic, group, offsets } of items) {
    for (const [queueId, offset] of offsets) {
      const end = queueEnd(topic, queueId);
      if (offset > end) ahead.push({ topic, group, queueId, offset, queueEnd: end });
    }
  }
  return ahead;
}
