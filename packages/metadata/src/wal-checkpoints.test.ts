import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import { topicConfig } from '../test/configs.ts';
import { BrokerMetadata, DATABASE_FILE } from './index.ts';
import { WalCheckpoints } from './wal-checkpoints.ts';

const MIB = 1024 * 1024;
const GROUPS = 20_000;
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'orbitmq-metadata-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const path = (): string => join(directory, DATABASE_FILE);
const walBytes = (): number => statSync(`${path()}-wal`).size;

function commitAll(metadata: BrokerMetadata, offset: number): void {
  for (let group = 0; group < GROUPS; group++) {
    metadata.commitConsumerOffset('Orders', `CID_of_consumers_${group}`, 0, offset);
  }
}

it('the write-ahead log is moved into the file when it has grown, and goes on from its beginning', async () => {
  const metadata = await BrokerMetadata.open({ directory });
  for (let offset = 1; offset <= 4; offset++) {
    commitAll(metadata, offset);
    metadata.putTopic(topicConfig(`Topic${offset}`));
    await metadata.flush();
    expect(walBytes()).toBeLessThan(4 * MIB);
  }
  expect(statSync(path()).size).toBeGreaterThan(MIB / 2);
  // Not closed: what another process would find after a kill.
  expect(await seenByAnother()).toEqual({ groups: GROUPS, atTheLast: GROUPS, topics: 4 });
  await metadata.close();
});

async function seenByAnother(): Promise<Record<string, number>> {
  await using metadata = await BrokerMetadata.open({ directory });
  const groups = [...metadata.consumerOffsets()];
  const atTheLast = groups.filter(({ offsets }) => offsets.get(0) === 4).length;
  return { groups: groups.length, atTheLast, topics: [...metadata.topics()].length };
}

it('a log that cannot be moved is told of, and nothing fails', async () => {
  const warnings: unknown[] = [];
  const log = { ...silentLogger, warn: (_fields: object, text?: string) => warnings.push(text) };
  const large = { sizeBytes: 9 * MIB, allocatedBytes: 0, modifiedMs: 0, isDirectory: false };
  const disk = { stat: () => Promise.resolve(large) };
  const checkpoints = new WalCheckpoints({
    path: join(directory, 'absent.db'),
    disk,
    log,
  });
  await checkpoints.runIfDue();
  expect(warnings).toEqual(['the write-ahead log stays as it is, tried again']);
});
