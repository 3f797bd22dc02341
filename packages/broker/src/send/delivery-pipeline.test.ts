import { describe, expect, it } from '@jest/globals';
import { ResponseCode } from '@orbitmq/protocol';
import { type Deferred, deferred } from '../../test/deferred.ts';
import { DeliveryPipeline, NOT_STORED } from './delivery-pipeline.ts';
import type { StoredAt } from './message-writer.ts';

/** A writer whose records are safe, or not, when the test says. */
class SetWriter {
  safeOffset = 0;
  readonly #waiting: Deferred<StoredAt>[] = [];

  settled(): Promise<StoredAt> {
    const waiting = deferred<StoredAt>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Tells those that wait, all of them when the disk failed. */
  release(count: number, code: number = ResponseCode.SUCCESS): void {
    for (const { resolve } of this.#waiting.splice(0, count)) {
      resolve({ code, queueOffset: 0, physicalOffset: 0 });
    }
  }
}

function setUp(maxMessages = 100) {
  const writer = new SetWriter();
  const settled: string[] = [];
  const pipeline = new DeliveryPipeline({ writer, maxMessages });
  const add = (name: string, ends: readonly number[]) =>
    pipeline.add(ends, (safe) => settled.push(`${name} ${safe}`));
  return { writer, settled, pipeline, add };
}

describe('batches that were appended', () => {
  it('are told of in their order, also one of which nothing was stored', async () => {
    const { writer, settled, pipeline, add } = setUp();
    add('a', [10, 20]);
    add('b', [NOT_STORED]);
    add('c', [30]);
    await Promise.resolve();
    expect(settled).toEqual([]);
    writer.release(1);
    writer.release(1);
    await pipeline.settled();
    expect(settled).toEqual(['a 2', 'b 1', 'c 1']);
    expect(pipeline.isEmpty).toBe(true);
  });

  it('count up to the first that is not safe when the disk failed, and those behind it not at all', async () => {
    const { writer, settled, pipeline, add } = setUp();
    writer.safeOffset = 20;
    add('a', [10, 20, 30]);
    add('b', [NOT_STORED, 40]);
    writer.release(2, ResponseCode.SERVICE_NOT_AVAILABLE);
    await pipeline.settled();
    expect(settled).toEqual(['a 2', 'b 0']);
    add('c', [30]);
    writer.release(1);
    await pipeline.settled();
    expect(settled.at(-1)).toBe('c 1');
  });

  it('are safe too when only the flush took too long', async () => {
    const { writer, settled, pipeline, add } = setUp();
    add('a', [10]);
    writer.release(1, ResponseCode.FLUSH_DISK_TIMEOUT);
    await pipeline.settled();
    expect(settled).toEqual(['a 1']);
  });

  it('leave no room for more than may come again', async () => {
    const { writer, pipeline, add } = setUp(3);
    add('a', [10, 20]);
    expect(pipeline.isFull).toBe(false);
    add('b', [30]);
    expect(pipeline.isFull).toBe(true);
    let hasRoom = false;
    const room = pipeline.room().then(() => {
      hasRoom = true;
    });
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    writer.release(1);
    await room;
    expect(pipeline.isFull).toBe(false);
    writer.release(1);
    await pipeline.settled();
  });
});
