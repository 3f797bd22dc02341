import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { signRequests } from '@orbitmq/auth';
import {
  type AnyCommandDefinition,
  deleteAclConfig,
  getBrokerClusterAclInfo,
  getMaxOffset,
  type RequestOf,
  ResponseCode,
  sendMessageV2,
  updateAndCreateAclConfig,
  updateAndCreateTopic,
  updateGlobalWhiteAddrsConfig,
} from '@orbitmq/protocol';
import { RemotingClient, type Reply } from '@orbitmq/remoting';
import { type BrokerFixture, startFixture, TIMEOUT } from './broker-fixture.ts';

jest.setTimeout(30_000);

const PREFIX = 'org.apache.rocketmq.acl.common.AclException: ';
const ACCOUNTS = `accounts:
- accessKey: admin-account
  secretKey: admin-secret
  admin: true
- accessKey: user-account
  secretKey: user-secret
  defaultTopicPerm: DENY
  topicPerms:
  - Allowed=PUB
`;
const TOPIC = {
  topic: 'Allowed',
  defaultTopic: 'TBW102',
  readQueueNums: 1,
  writeQueueNums: 1,
  perm: 6,
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: 0,
  order: false,
} as const;

let home: string;
let fixture: BrokerFixture;
const clients: RemotingClient[] = [];
let admin: RemotingClient;
let user: RemotingClient;
let stranger: RemotingClient;

function clientOf(accessKey?: string, secretKey = ''): RemotingClient {
  const hooks = accessKey === undefined ? [] : [signRequests({ accessKey, secretKey })];
  const client = new RemotingClient({ hooks });
  clients.push(client);
  return client;
}

async function ask<D extends AnyCommandDefinition>(
  client: RemotingClient,
  definition: D,
  values: RequestOf<D>,
): Promise<Reply<D>> {
  return await client.invoke(fixture.broker.address, definition, values, TIMEOUT);
}

function send(client: RemotingClient, topic: string): Promise<Reply> {
  const values = { a: 'PG', b: topic, c: 'TBW102', d: 4, e: 0, f: 0, g: 1, h: 0, i: 'TAGS\u0001é' };
  const options = { ...TIMEOUT, body: Buffer.from('body') };
  return client.invoke(fixture.broker.address, sendMessageV2, values, options);
}

/** The remark of an answer that refuses. */
async function refused(answer: Promise<Reply>): Promise<string | undefined> {
  const { code, remark } = await answer;
  expect(code).toBe(ResponseCode.SYSTEM_ERROR);
  return remark;
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'orbitmq-home-'));
  await mkdir(join(home, 'conf'));
  await writeFile(join(home, 'conf', 'plain_acl.yml'), ACCOUNTS);
  fixture = await startFixture({ aclEnable: 'true', rocketmqHome: home });
  admin = clientOf('admin-account', 'admin-secret');
  user = clientOf('user-account', 'user-secret');
  stranger = clientOf();
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await fixture[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

describe('a broker with accounts', () => {
  it('serves what is signed and permitted, on hot paths and others', async () => {
    expect((await ask(admin, updateAndCreateTopic, TOPIC)).code).toBe(0);
    expect((await send(user, 'Allowed')).code).toBe(0);
    const offset = await ask(user, getMaxOffset, { topic: 'Allowed', queueId: 0, committed: true });
    expect(offset.fields.offset).toBe(1);
  });

  it('refuses the rest with the words of the reference', async () => {
    expect(await refused(send(stranger, 'Allowed'))).toBe(`${PREFIX}No accessKey is configured`);
    expect(await refused(send(clientOf('user-account', 'wrong-secret'), 'Allowed'))).toBe(
      `${PREFIX}Check signature failed for accessKey=user-account`,
    );
    expect(await refused(send(user, 'Other'))).toBe(
      `${PREFIX}No default permission for topic:Other`,
    );
    expect(await refused(ask(user, updateAndCreateTopic, TOPIC))).toBe(
      `${PREFIX}Need admin permission for request code=17, but accessKey=user-account is not`,
    );
    const offset = await ask(user, getMaxOffset, { topic: 'Allowed', queueId: 0, committed: true });
    expect(offset.fields.offset).toBe(1);
  });

  it('takes accounts from its administrators, keeps them in the file and tells its version', async () => {
    const change = {
      accessKey: 'third-account',
      secretKey: 'third-secret',
      admin: false,
      topicPerms: 'Allowed=PUB|SUB,Other=SUB',
    };
    expect((await ask(admin, updateAndCreateAclConfig, change)).code).toBe(0);
    const third = clientOf('third-account', 'third-secret');
    expect((await send(third, 'Allowed')).code).toBe(0);
    const file = join(home, 'conf', 'plain_acl.yml');
    expect(await readFile(file, 'utf8')).toContain('- accessKey: third-account\n');
    const info = await ask(user, getBrokerClusterAclInfo, {});
    expect(JSON.parse(info.fields.version ?? '')).toMatchObject({ counter: 1 });
    expect(JSON.parse(info.fields.allAclFileVersion ?? '')).toMatchObject({
      [file]: { counter: 1 },
    });
    expect((await ask(admin, deleteAclConfig, { accessKey: 'third-account' })).code).toBe(0);
    expect((await send(third, 'Allowed')).remark).toBe(`${PREFIX}No acl config for third-account`);
  });

  it('refuses accounts and addresses that are illegal, and changes by users', async () => {
    const short = await ask(admin, updateAndCreateAclConfig, {
      accessKey: 'fourth-account',
      secretKey: 'short',
      admin: false,
    });
    expect(short.code).toBe(209);
    expect(short.remark).not.toContain('short');
    const absent = await ask(admin, deleteAclConfig, { accessKey: 'fourth-account' });
    expect([absent.code, absent.remark]).toEqual([
      210,
      'The accesskey[fourth-account] corresponding to accessConfig has been deleted failed.',
    ]);
    const nonsense = { globalWhiteAddrs: 'nonsense' };
    expect((await ask(admin, updateGlobalWhiteAddrsConfig, nonsense)).code).toBe(211);
    const own = { accessKey: 'user-account', secretKey: 'user-secret', admin: true };
    expect((await ask(user, updateAndCreateAclConfig, own)).remark).toContain(
      'Need admin permission for request code=50',
    );
  });

  it('serves strangers once their address is white', async () => {
    const white = { globalWhiteAddrs: '127.0.0.*,10.0.0.1' };
    expect((await ask(admin, updateGlobalWhiteAddrsConfig, white)).code).toBe(0);
    expect((await send(stranger, 'Allowed')).code).toBe(0);
    const none = { globalWhiteAddrs: '' };
    expect((await ask(admin, updateGlobalWhiteAddrsConfig, none)).code).toBe(0);
    expect((await send(stranger, 'Allowed')).code).toBe(ResponseCode.SYSTEM_ERROR);
  });

  it('takes over a file that somebody changed', async () => {
    const text = `${ACCOUNTS}- accessKey: edited-account\n  secretKey: edited-secret\n  admin: true\n`;
    await writeFile(join(home, 'conf', 'plain_acl.yml'), text);
    const edited = clientOf('edited-account', 'edited-secret');
    while ((await send(edited, 'Allowed')).code !== 0) {
      await new Promise((done) => setTimeout(done, 50));
    }
    expect((await send(user, 'Allowed')).code).toBe(0);
  });
});

describe('a broker without accounts', () => {
  it('says so to who asks for them, and does not start when they have no home', async () => {
    await using open = await startFixture();
    const answer = await open.client.invoke(
      open.broker.address,
      getBrokerClusterAclInfo,
      {},
      TIMEOUT,
    );
    expect([answer.code, answer.remark]).toEqual([
      ResponseCode.SYSTEM_ERROR,
      'aclEnable is false on this broker',
    ]);
    const homeless = startFixture({ aclEnable: 'true', rocketmqHome: '' });
    await expect(homeless).rejects.toMatchObject({ code: 'ACL_HOME_MISSING' });
  });
});
