/** Accounts of a broker that runs: files that somebody edits meanwhile, and what its logs say of it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { signRequests } from '@orbitmq/auth';
import { getBrokerConfig, sendMessageV2, updateAndCreateTopic } from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import { TIMEOUT } from './broker-fixture.ts';
import { type BrokerProcess, startBrokerProcess } from './broker-process.ts';

jest.setTimeout(60_000);

const PREFIX = 'org.apache.rocketmq.acl.common.AclException: ';
const ADMIN = { accessKey: 'admin-account', secretKey: 'secret-of-admins' };
const USER = { accessKey: 'user-account', secretKey: 'secret-of-users' };
const WRONG_SECRET = 'secret-that-is-wrong';
const ADMIN_LINES = `- accessKey: ${ADMIN.accessKey}\n  secretKey: ${ADMIN.secretKey}\n  admin: true\n`;
const USER_LINES = `- accessKey: ${USER.accessKey}\n  secretKey: ${USER.secretKey}\n`;
const TOPIC = {
  topic: 'T',
  defaultTopic: 'TBW102',
  readQueueNums: 1,
  writeQueueNums: 1,
  perm: 6,
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: 0,
  order: false,
} as const;
/** Files are looked at every 500 ms. */
const SEEN_MS = 20_000;

let home: string;
let broker: BrokerProcess;
const clients: RemotingClient[] = [];
/** Everything that was sent as a signature. */
const signatures: string[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'orbitmq-acl-'));
  await mkdir(join(home, 'conf'));
  await accounts(`${ADMIN_LINES}${USER_LINES}`);
  broker = await startBrokerProcess(home, { aclEnable: 'true' });
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await broker[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

function accounts(lines: string, head = ''): Promise<void> {
  return writeFile(join(home, 'conf', 'plain_acl.yml'), `${head}accounts:\n${lines}`);
}

function clientOf(account?: { accessKey: string; secretKey: string }): RemotingClient {
  const sign = account && signRequests(account);
  const hooks =
    sign === undefined
      ? []
      : [
          (request: Parameters<typeof sign>[0]) => {
            sign(request);
            signatures.push(request.extFields['Signature'] ?? '');
          },
        ];
  const client = new RemotingClient({ hooks });
  clients.push(client);
  return client;
}

/** `ok`, or why the message was refused. */
async function send(client: RemotingClient, topic = 'T'): Promise<string> {
  const values = { a: 'PG', b: topic, c: 'TBW102', d: 4, e: 0, f: 0, g: 1, h: 0, i: 'TAGS\u0001A' };
  const options = { ...TIMEOUT, body: Buffer.from('body of a message') };
  const { code, remark } = await client.invoke(broker.address, sendMessageV2, values, options);
  return code === 0 ? 'ok' : (remark ?? String(code));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + SEEN_MS;
  while (!(await isSo())) {
    if (Date.now() > deadlineMs) throw new Error('it did not come about');
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function linesWith(text: string): Promise<string[]> {
  return (await broker.logLines()).filter((line) => line.includes(text));
}

describe('accounts that are edited while the broker runs', () => {
  it('by default may read what groups read, and no topic', async () => {
    const admin = clientOf(ADMIN);
    const { code } = await admin.invoke(broker.address, updateAndCreateTopic, TOPIC, TIMEOUT);
    expect(code).toBe(0);
    expect(await send(clientOf(USER))).toBe(`${PREFIX}No default permission for topic:T`);
    expect(await send(clientOf())).toBe(`${PREFIX}No accessKey is configured`);
    expect(await send(clientOf({ ...USER, secretKey: WRONG_SECRET }))).toBe(
      `${PREFIX}Check signature failed for accessKey=${USER.accessKey}`,
    );
  });

  it('get and lose a default permission, an own one, and an administrator’s', async () => {
    const user = clientOf(USER);
    await accounts(`${ADMIN_LINES}${USER_LINES}  defaultTopicPerm: PUB\n`);
    await until(async () => (await send(user)) === 'ok');
    await accounts(
      `${ADMIN_LINES}${USER_LINES}  defaultTopicPerm: PUB\n  topicPerms:\n  - T=DENY\n`,
    );
    await until(async () => (await send(user)) === `${PREFIX}No default permission for topic:T`);
    expect(await send(user, 'U')).toBe('ok');
    const config = () => user.invoke(broker.address, getBrokerConfig, {}, TIMEOUT);
    const asked = await user.invoke(broker.address, updateAndCreateTopic, TOPIC, TIMEOUT);
    expect(asked.remark).toBe(
      `${PREFIX}Need admin permission for request code=17, but accessKey=user-account is not`,
    );
    await accounts(`${ADMIN_LINES}${USER_LINES}  admin: true\n`);
    await until(async () => (await send(user)) === 'ok');
    expect((await config()).code).toBe(0);
  });

  it('need no signature from white addresses, of all accounts or of one', async () => {
    const stranger = clientOf();
    await accounts(ADMIN_LINES, 'globalWhiteRemoteAddresses:\n- 127.0.0.*\n');
    await until(async () => (await send(stranger)) === 'ok');
    await accounts(`${ADMIN_LINES}${USER_LINES}  whiteRemoteAddress: 127.0.0.1\n`);
    await until(async () => (await send(stranger)) !== 'ok');
    // The account is named, its signature is not looked at.
    expect(await send(clientOf({ ...USER, secretKey: WRONG_SECRET }))).toBe('ok');
  });

  it('stay in force when the file is broken, which is logged once, until it is whole again', async () => {
    await accounts(`${ADMIN_LINES}${USER_LINES}  defaultTopicPerm: PUB\n`);
    const user = clientOf(USER);
    await until(async () => (await send(user)) === 'ok');
    const message = 'the accounts that were read last stay in force';
    const before = (await linesWith(message)).length;
    await accounts(`- accessKey: ${USER.accessKey}\n  secretKey: [${USER.secretKey}\n`);
    await until(async () => (await linesWith(message)).length > before);
    // Three looks later it was told no second time.
    await new Promise((done) => setTimeout(done, 1_600));
    const lines = (await linesWith(message)).slice(before);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(join(home, 'conf', 'plain_acl.yml'));
    expect(await send(user)).toBe('ok');
    await accounts(`${ADMIN_LINES}${USER_LINES}`);
    await until(async () => (await send(user)) === `${PREFIX}No default permission for topic:T`);
  });
});

describe('the logs of a broker with accounts', () => {
  it('name who was refused, and hold no secret, no signature and no body', async () => {
    expect(await broker.stop()).toBe(0);
    const text = (await broker.logLines()).join('\n');
    expect(text).toContain('Check signature failed for accessKey=user-account');
    expect(text).toContain('No accessKey is configured');
    expect(signatures.length).toBeGreaterThan(10);
    const secrets = [ADMIN.secretKey, USER.secretKey, WRONG_SECRET, 'body of a message'];
    for (const secret of [...secrets, ...signatures]) expect(text).not.toContain(secret);
  });
});
