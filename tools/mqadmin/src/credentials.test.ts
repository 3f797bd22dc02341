import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Credentials } from '@orbitmq/auth';
import { nodeDisk } from '@orbitmq/runtime';
import { readCredentials } from './credentials.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orbitmq-tools-'));
  await mkdir(join(home, 'conf'));
});

afterEach(async () => {
  await rm(home, { recursive: true });
});

async function credentialsIn(text: string): Promise<Credentials | undefined> {
  await writeFile(join(home, 'conf', 'tools.yml'), text);
  return readCredentials(home, nodeDisk);
}

describe('credentials of mqadmin', () => {
  it('are the keys in conf/tools.yml', async () => {
    expect(await credentialsIn('accessKey: rocketmq2\nsecretKey: 12345678\n')).toMatchObject({
      accessKey: 'rocketmq2',
      secretKey: '12345678',
    });
  });

  it('are none without both keys, a file, or a home', async () => {
    expect(await credentialsIn('accessKey: rocketmq2\n')).toBeUndefined();
    await rm(join(home, 'conf', 'tools.yml'));
    expect(await readCredentials(home, nodeDisk)).toBeUndefined();
    expect(await readCredentials(undefined, nodeDisk)).toBeUndefined();
  });

  it('cannot be read from a file that is no YAML', async () => {
    await expect(credentialsIn('accessKey: [')).rejects.toMatchObject({
      code: 'ACL_FILE_MALFORMED',
    });
  });
});
