import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Broker } from '@orbitmq/broker';
import { exportRocksdbConfigToJson, ResponseCode } from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import { runExportMetadata } from '../src/export-metadata.ts';
import { startBroker } from './real-servers.ts';

let directory = '';
let broker: Broker;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-export-'));
  broker = await startBroker(directory);
});

afterEach(async () => {
  await broker.close();
  await rm(directory, { recursive: true });
});

async function ask(configType: string) {
  await using client = new RemotingClient();
  return await client.invoke(
    broker.address,
    exportRocksdbConfigToJson,
    { configType },
    { timeoutMs: 5000 },
  );
}

async function topicsJson(): Promise<string> {
  return readFile(join(directory, 'config/topics.json'), 'utf8').catch(() => '');
}

async function exportOffline(): Promise<{ status: number; text: string }> {
  let text = '';
  const write = (written: string): void => {
    text += written;
  };
  const args = ['export', '-d', directory];
  return { status: await runExportMetadata(args, { writeOut: write, writeError: write }), text };
}

describe('Apache’s JSON files', () => {
  it('are written by a running broker that is asked to', async () => {
    expect(await topicsJson()).toBe('');
    const answer = await ask('topics;');
    expect([answer.code, answer.remark]).toEqual([ResponseCode.SUCCESS, 'export done.']);
    expect(await topicsJson()).toContain('"topicName":"TBW102"');
  });

  it('are refused for a table there is none of', async () => {
    const answer = await ask('topic;');
    expect(answer.code).toBe(ResponseCode.INVALID_PARAMETER);
  });

  it('are written by mqmetadata for a broker that does not run, and only then', async () => {
    const whileRunning = await exportOffline();
    expect(whileRunning).toMatchObject({
      status: 1,
      text: expect.stringContaining('is in use by'),
    });
    await broker.close();
    await rm(join(directory, 'config/topics.json'));
    expect(await exportOffline()).toMatchObject({ status: 0 });
    expect(await topicsJson()).toContain('"topicName":"TBW102"');
  });
});
