import { GrowingBuffer } from '@orbitmq/kernel';
import { RecordField } from '@orbitmq/protocol';
import type { MessageStore, Queue } from '@orbitmq/store';

/** One read of a queue: what memory holds meanwhile. */
const READ_LIMITS = { maxMessages: 256, maxBytes: 262_144 };

/**
 * Records of a queue from `from` up to `to`, in order, without those that are not in the log any more.
 * A record's bytes are its own and do not change.
 */
export async function* readQueue(
  store: Pick<MessageStore, 'read'>,
  queue: Queue,
  from: number,
  to: number,
): AsyncGenerator<Buffer> {
  for (let offset = Math.max(from, queue.minOffset); offset < to; ) {
    const out = new GrowingBuffer(4096);
    const { nextBeginOffset, messageCount } = await store.read(queue, offset, READ_LIMITS, out);
    const bytes = out.take();
    for (let position = 0; position < bytes.length; ) {
      const end = position + bytes.readInt32BE(position + RecordField.totalSize);
      yield bytes.subarray(position, end);
      position = end;
    }
    // Nothing more can be read although the queue seemed to reach further: it was cut or removed.
    if (messageCount === 0 && nextBeginOffset <= offset) return;
    offset = nextBeginOffset;
  }
}
