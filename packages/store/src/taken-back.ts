import type { Queue } from './queue.ts';
import type { StoreCounters } from './store-counters.ts';

/** Messages of a queue that the disk refused. */
export interface TakenBack {
  readonly queue: Queue;
  readonly messages: number;
  /** Of their records. */
  readonly bytes: number;
}

/** Takes back what was appended to queues and not published, in what was counted too. */
export function takeBack(queues: Iterable<Queue>, counters: StoreCounters): readonly TakenBack[] {
  const takenBack: TakenBack[] = [];
  for (const queue of queues) {
    queue.isTouched = false;
    const { messages, bytes } = queue.rollBack();
    counters.putMessages -= messages;
    counters.putBytes -= bytes;
    counters.failedPuts += messages;
    if (messages > 0) takenBack.push({ queue, messages, bytes });
  }
  return takenBack;
}
