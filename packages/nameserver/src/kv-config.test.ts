import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Disk, nodeDisk } from '@orbitmq/runtime';
import { KvConfig } from './kv-config.ts';

let directory: string;
let isFailing: boolean;
let disk: Disk;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-kv-'));
  isFailing = false;
  disk = {
    ...nodeDisk,
    rename: (from, to) =>
      isFailing ? Promise.reject(new Error('ENOSPC')) : nodeDisk.rename(from, to),
  };
});

afterEach(() => rm(directory, { recursive: true }));

function open(): Promise<KvConfig> {
  return KvConfig.open(disk, join(directory, 'kvConfig.json'));
}

describe('what the disk refused', () => {
  it('is written when the same is put again', async () => {
    const kv = await open();
    isFailing = true;
    await expect(kv.put('NS', 'k', 'v')).rejects.toThrow('ENOSPC');
    await expect(kv.put('NS', 'k', 'v')).rejects.toThrow('ENOSPC');
    isFailing = false;
    await kv.put('NS', 'k', 'v');
    expect((await open()).get('NS', 'k')).toBe('v');
  });

  it('is deleted when it is deleted again, and not said to be before', async () => {
    const kv = await open();
    await kv.put('NS', 'k', 'v');
    isFailing = true;
    await expect(kv.delete('NS', 'k')).rejects.toThrow('ENOSPC');
    await expect(kv.delete('NS', 'k')).rejects.toThrow('ENOSPC');
    isFailing = false;
    await kv.delete('NS', 'k');
    expect((await open()).get('NS', 'k')).toBeUndefined();
  });
});

it('what was put while a write was under way is on the disk when the same is put again', async () => {
  const kv = await open();
  const first = kv.put('NS', 'a', '1');
  const second = kv.put('NS', 'b', '2');
  await kv.put('NS', 'b', '2');
  expect((await open()).get('NS', 'b')).toBe('2');
  await Promise.all([first, second]);
});
