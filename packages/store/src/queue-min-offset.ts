import { BLANK_SIZE, type Queue, type QueueEntry } from './queue.ts';

/**
 * Entries of records that were removed with their files cannot be read any more: raises the queue's
 * first offset to the first entry whose record is there, or to its end.
 *
 * Source: ConsumeQueue.java (correctMinOffset).
 */
export async function correctMinOffset(
  queue: Queue,
  minPhysicalOffset: number,
  entryAt: (queue: Queue, offset: number) => Promise<QueueEntry | undefined>,
): Promise<void> {
  const isGone = async (offset: number): Promise<boolean> => {
    const entry = await entryAt(queue, offset);
    return (
      entry === undefined ||
      entry.physicalOffset < minPhysicalOffset ||
      entry.sizeBytes === BLANK_SIZE
    );
  };
  let low = queue.minOffset;
  let high = queue.maxOffset;
  if (low === high || !(await isGone(low))) return;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isGone(middle)) low = middle + 1;
    else high = middle;
  }
  queue.minOffset = Math.max(queue.minOffset, low);
}
