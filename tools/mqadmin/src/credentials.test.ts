import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nodeDisk } from '@orbitmq/runtime';
import { signingHooks } from './credentials.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orbitmq-tools-'));
  await mkdir(join(home, 'conf'));
});

afterEach(async () => {
  await rm(home, { recursive: true });
});

async function signedFields(text: string): Promise<Record<string, string>> {
  await writeFile(join(home, 'conf', 'tools.yml'), text);
  const extFields: Record<string, string> = { topic: 'TopicTest' };
  const request = { address: '127.0.0.1:10911', code: 17, extFields, body: undefined };
  for (const hook of await signingHooks(home, nodeDisk)) hook(request);
  return extFields;
}

describe('requests of mqadmin', () => {
  it('are signed with the keys in conf/tools.yml', async () => {
    expect(await signedFields('accessKey: rocketmq2\nsecretKey: 12345678\n')).toEqual({
      topic: 'TopicTest',
      AccessKey: 'rocketmq2',
      Signature: 'GeeGoP9mRvDhoVp4PD5omX0prgE=',
    });
  });

  it('are not signed without both keys, a file, or a home', async () => {
    expect(await signedFields('accessKey: rocketmq2\n')).toEqual({ topic: 'TopicTest' });
    await rm(join(home, 'conf', 'tools.yml'));
    expect(await signingHooks(home, nodeDisk)).toEqual([]);
    expect(await signingHooks(undefined, nodeDisk)).toEqual([]);
  });

  it('are not sent when the file is no YAML', async () => {
    await expect(signedFields('accessKey: [')).rejects.toMatchObject({
      code: 'ACL_FILE_MALFORMED',
    });
  });
});
