import { existsSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import {
  cleanExpiredConsumeQueue,
  cleanUnusedTopic,
  deleteExpiredCommitLog,
  getMinOffset,
} from '@orbitmq/protocol';
import { type BrokerFixture, startFixture, TIMEOUT } from './broker-fixture.ts';

jest.setTimeout(60_000);

const FILE_BYTES = 64 * 1024;
/** More than two files' worth of records. */
const MESSAGES = 1_200;

function logFile(fixture: BrokerFixture, index: number): string {
  const name = String(index * FILE_BYTES).padStart(20, '0');
  return join(fixture.directory, 'store', 'commitlog', name);
}

function queueDirectory(fixture: BrokerFixture, topic: string): string {
  return join(fixture.directory, 'store', 'consumequeue', topic);
}

it('files go when an administrator says so: of expired messages, of their queues, of topics without configuration', async () => {
  await using fixture = await startFixture({ mappedFileSizeCommitLog: String(FILE_BYTES) });
  const { client, broker } = fixture;
  await fixture.send('Old', 0);
  for (let sent = 0; sent < MESSAGES; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, () => fixture.send('New', 0)));
  }
  await broker.context.store.flush();
  expect(existsSync(logFile(fixture, 2))).toBe(true);
  const long = new Date(Date.now() - 100 * 3_600_000);
  await utimes(logFile(fixture, 0), long, long);

  const deleted = await client.invoke(broker.address, deleteExpiredCommitLog, {}, TIMEOUT);
  expect([deleted.code, existsSync(logFile(fixture, 0))]).toEqual([0, false]);
  expect(existsSync(logFile(fixture, 1))).toBe(true);

  expect(existsSync(join(queueDirectory(fixture, 'Old'), '0'))).toBe(true);
  const cleaned = await client.invoke(broker.address, cleanExpiredConsumeQueue, {}, TIMEOUT);
  expect(cleaned.code).toBe(0);
  const queue = broker.context.store.queue('Old', 0);
  expect(queue.files.isEmpty).toBe(true);
  const min = await client.invoke(
    broker.address,
    getMinOffset,
    { topic: 'New', queueId: 0 },
    TIMEOUT,
  );
  expect(min.fields.offset).toBeGreaterThan(0);

  broker.context.topics.delete('New');
  const unused = await client.invoke(broker.address, cleanUnusedTopic, {}, TIMEOUT);
  expect([unused.code, existsSync(queueDirectory(fixture, 'New'))]).toEqual([0, false]);
  expect([...broker.context.store.topics()]).not.toContain('New');
  expect(await fixture.send('Old', 0)).toHaveLength(32);
});
