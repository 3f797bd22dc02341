import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readInt64 } from '@orbitmq/kernel';
import type { StoredMessage } from '@orbitmq/protocol';
import {
  type Acknowledged,
  messagesOf,
  openStore,
  recordOf,
  temporaryDirectory,
  unpackApacheStore,
  written,
} from '../test/stores.ts';
import { AppendStatus } from './append-record.ts';
import type { MessageStore } from './message-store.ts';

const QUEUES = 4;

/** What the stores in `test-data` hold: the number, dots, and the number's MD5. */
function bodyOf(index: number): string {
  const md5 = createHash('md5').update(String(index)).digest().toString('latin1');
  return `${`${index}|`.padEnd(104, '.')}${md5}`;
}

async function expectAll(
  store: MessageStore,
  acknowledged: readonly Acknowledged[],
): Promise<number> {
  const queues: StoredMessage[][] = [];
  for (let queueId = 0; queueId < QUEUES; queueId++) {
    const messages = await messagesOf(store, store.queue('Fixture', queueId));
    expect(messages.map((message) => message.queueOffset)).toEqual([...messages.keys()]);
    queues.push(messages);
  }
  for (const { index, queueId, queueOffset } of acknowledged) {
    const message = queues[queueId]?.[queueOffset];
    expect(message?.body.toString('latin1')).toBe(bodyOf(index));
    expect(message?.properties['KEYS']).toBe(`k${index}`);
  }
  return queues.flat().length;
}

describe.each(['4.4.0', '4.9.7', '5.5.0'])('a store that Apache %s wrote', (version) => {
  it('is served in full after a clean stop, and gone on with', async () => {
    await using directory = await temporaryDirectory();
    const acknowledged = await unpackApacheStore(version, directory.path);
    const root = join(directory.path, 'store');
    const first = await openStore(root);
    const count = await expectAll(first, acknowledged);
    expect(count).toBeGreaterThanOrEqual(acknowledged.length);
    const { maxOffset } = first.queue('Fixture', 0);
    expect(first.append(first.queue('Fixture', 0), recordOf('ours'))).toBe(AppendStatus.ok);
    await written(first);
    expect(first.queue('Fixture', 0).maxOffset).toBe(maxOffset + 1);
    await first.close();
    await using second = await openStore(root);
    expect(await expectAll(second, acknowledged)).toBe(count + 1);
  });

  it('is served in full after a kill, whatever of it had reached the files', async () => {
    await using directory = await temporaryDirectory();
    const acknowledged = await unpackApacheStore(version, directory.path);
    const root = join(directory.path, 'store');
    await writeFile(join(root, 'abort'), '');
    // The newest entries were not flushed, and the checkpoint is older than that.
    const file = join(root, 'consumequeue/Fixture/1/00000000000000000000');
    const entries = await readFile(file);
    await writeFile(file, Buffer.concat([entries.subarray(0, 1000), Buffer.alloc(1000)]));
    await writeFile(join(root, 'checkpoint'), Buffer.alloc(4096));
    await using store = await openStore(root);
    await expectAll(store, acknowledged);
    const query = { topic: 'Fixture', key: 'k7', maxMessages: 9, beginMs: 0, endMs: 1e15 };
    expect((await store.query(query)).records).toHaveLength(1);
  });

  it('gets a checkpoint that Apache’s broker starts from', async () => {
    await using directory = await temporaryDirectory();
    await unpackApacheStore(version, directory.path);
    const root = join(directory.path, 'store');
    const store = await openStore(root);
    const storedMs = (await store.storeTimeAt(store.queue('Fixture', 0), 0)) as number;
    await store.close();
    const checkpoint = await readFile(join(root, 'checkpoint'));
    expect(checkpoint).toHaveLength(4096);
    expect(readInt64(checkpoint, 0)).toBeGreaterThanOrEqual(storedMs);
    expect(readInt64(checkpoint, 8)).toBe(readInt64(checkpoint, 0));
    expect(readInt64(checkpoint, 16)).toBeLessThanOrEqual(readInt64(checkpoint, 0));
    expect(readInt64(checkpoint, 16)).toBeGreaterThan(0);
  });
});
