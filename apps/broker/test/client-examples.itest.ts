/** The client's documents: every feature has an example, and every example compiles, runs and prints what it says. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { signRequests } from '@orbitmq/auth';
import { ResponseCode, updateAndCreateTopic } from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';
import { selfSignedCertificate, systemClock } from '@orbitmq/runtime';
import {
  anchorOf,
  type Example,
  ExampleRunner,
  type Examples,
  examplesOf,
  expectedLines,
  isPrinted,
  ROOT,
} from './examples.ts';
import { freePort, startBroker, startNameServer } from './real-servers.ts';

jest.setTimeout(300_000);

const CLIENT = join(ROOT, 'packages/client');
const DOCUMENTS = ['README.md', 'PRODUCERS.md', 'CONSUMERS.md'] as const;
const ADDRESS = '127.0.0.1:9876';
/** Of which examples choose or count queues. */
const TOPICS = ['Tasks', 'Chores', 'Events', 'Pages', 'Again'];
const ADMIN = { accessKey: 'administrator', secretKey: 'an administrator' };
const TRUSTING = { isEnabled: true, isTestMode: true, authServer: false };
const ACCOUNTS = `accounts:
- accessKey: ${ADMIN.accessKey}
  secretKey: "${ADMIN.secretKey}"
  admin: true
- accessKey: order-app
  secretKey: "a long secret"
  defaultTopicPerm: PUB|SUB
`;

/** What the README promises, and what an example of it cannot do without. */
const FEATURES: readonly (readonly [feature: string, ...uses: readonly RegExp[]])[] = [
  ['send, one-way, errors', /\.send\(/, /sendOneway\(/, /RocketMqError/],
  ['retry', /maxReconsumeTimes/, /reconsumeTimes/, /throw new Error/, /delayLevel/],
  ['dead letters, read and sent again', /%DLQ%/, /copyToSend\(/],
  ['delay levels, arbitrary times, recall', /delayLevel/, /delayMs/, /deliverAtMs/, /recall\(/],
  ['order by key', /selector/, /isOrderly: true/, /suspendMs/],
  ['broadcasting', /'broadcasting'/, /offsetsDirectory/],
  [
    'rebalance by AVG, AVG_BY_CIRCLE, CONFIG, MACHINE_ROOM, CONSISTENT_HASH',
    /averagely\b/,
    /averagelyByCircle/,
    /configured\(/,
    /inMachineRooms\(/,
    /nearby\(/,
    /byConsistentHash\(/,
  ],
  ['transactions', /sendInTransaction\(/, /executeLocal/, /check:/, /'rollback'/, /'unknown'/],
  ['filters by tag and SQL92', /'created \|\| paid'/, /sql:/],
  ['batches', /splitIntoBatches\(/, /sendBatch\(/, /subscribeBatch\(/],
  ['compression by ZLIB, LZ4, ZSTD', /'zlib', 'lz4', 'zstd'/],
  [
    'request and reply',
    /await producer\.request\(/,
    /\.request\([^;]*\)\s*\.then\(/,
    /createReply\(/,
  ],
  ['offsets: reset, clone', /resetOffsets\(/, /committed\(/, /\.commit\(places\)/],
  ['offsets: from where', /consumeFrom/, /timestampMs/],
  ['suspend, resume, unsubscribe', /suspend\(/, /resume\(/, /unsubscribe\(/],
  ['lite pull: subscribe, iterate, commit', /subscribe\(/, /for await/, /commit\(/],
  ['lite pull: assign, seek, pause', /assign\(/, /seek\(/, /pause\(/, /poll\(/],
  ['hooks', /sendHooks/],
  ['trace', /trace: true/, /RMQ_SYS_TRACE_TOPIC/],
  ['ONS style', /setKey\(/, /ons\.Action\.CommitMessage/, /getReconsumeTimes\(/],
  ['access control', /credentials:/],
  ['TLS', /tls:/, /trustCertPath/],
  ['namespaces', /namespace:/],
];

const closers: (() => Promise<unknown>)[] = [];
const texts = Object.fromEntries(
  await Promise.all(
    DOCUMENTS.map(async (name) => [name, await readFile(join(CLIENT, name), 'utf8')] as const),
  ),
);
const documents = new Map<string, Examples>(
  DOCUMENTS.map((name) => [name, examplesOf(name, texts[name] ?? '')]),
);
const all = [...documents.values()].flatMap(({ examples }) => examples);
/** Names of examples whose output was compared. */
const executed = new Set<string>();
let runner: ExampleRunner;
let adapt: (source: string) => string;

/** Servers with these settings of the broker. @returns the name server's address */
async function startServers(
  directory: string,
  settings: Readonly<Record<string, string>> = {},
  namesrvSettings: Readonly<Record<string, string>> = {},
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const nameServer = await startNameServer(directory, port, namesrvSettings);
  closers.push(() => nameServer.close());
  const namesrvAddr = `127.0.0.1:${port}`;
  const broker = await startBroker(join(directory, 'store'), {
    namesrvAddr,
    enablePropertyFilter: 'true',
    recallMessageEnable: 'true',
    traceTopicEnable: 'true',
    transactionTimeOut: '1000',
    transactionCheckInterval: '1000',
    ...settings,
  });
  closers.push(() => broker.close());
  for (const topic of TOPICS) await createTopic(broker.address, topic);
  return namesrvAddr;
}

async function createTopic(address: string, topic: string): Promise<void> {
  await using client = new RemotingClient({ hooks: [signRequests(ADMIN)], tls: TRUSTING });
  const config = {
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
  } as const;
  const { code } = await client.invoke(address, updateAndCreateTopic, config, { timeoutMs: 5_000 });
  expect(code).toBe(ResponseCode.SUCCESS);
}

/** Servers that speak TLS only, with a certificate of their own. */
async function startSecured(directory: string): Promise<{ address: string; certPath: string }> {
  await mkdir(directory, { recursive: true });
  const { key, cert } = await selfSignedCertificate('server', systemClock);
  const keyPath = join(directory, 'server.key');
  const certPath = join(directory, 'server.pem');
  await writeFile(keyPath, key);
  await writeFile(certPath, cert);
  const files = {
    'tls.test.mode.enable': 'false',
    'tls.server.keyPath': keyPath,
    'tls.server.certPath': certPath,
  };
  // The broker itself registers in plain text.
  const enforcing = { ...files, 'tls.server.mode': 'enforcing' };
  return { address: await startServers(directory, enforcing, files), certPath };
}

beforeAll(async () => {
  const data = await mkdtemp(join(tmpdir(), 'orbitmq-examples-'));
  closers.push(() => rm(data, { recursive: true }));
  // Below the workspace, so that packages are found as an application finds them.
  const directory = await mkdtemp(join(ROOT, 'node_modules/.examples-'));
  closers.push(() => rm(directory, { recursive: true }));
  runner = new ExampleRunner(directory);
  const plain = await startServers(join(data, 'plain'));
  const rooms = await startServers(join(data, 'rooms'), { brokerName: 'east@broker-a' });
  await mkdir(join(data, 'signed/conf'), { recursive: true });
  await writeFile(join(data, 'signed/conf/plain_acl.yml'), ACCOUNTS);
  const signed = await startServers(join(data, 'signed'), {
    rocketmqHome: join(data, 'signed'),
    aclEnable: 'true',
  });
  const secured = await startSecured(join(data, 'secured'));
  adapt = (source) => {
    let address = plain;
    if (source.includes('inMachineRooms(')) address = rooms;
    if (source.includes('credentials:')) address = signed;
    if (source.includes('tls:')) address = secured.address;
    return source.replaceAll(ADDRESS, address).replaceAll('/etc/orbitmq/ca.pem', secured.certPath);
  };
});

afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

describe('the examples', () => {
  it('have the types that the packages publish', async () => {
    expect(await runner.typeProblems(all)).toBe('');
  });

  it('print what they say', async () => {
    const outputs = all.map(async (example) => {
      const output = await runner.output(example, adapt).catch(String);
      executed.add(example.name);
      const expected = expectedLines(example);
      return isPrinted(expected, output) ? [] : [{ ...placeOf(example), expected, output }];
    });
    expect((await Promise.all(outputs)).flat()).toEqual([]);
  });

  it('are all that there is: nothing in the documents looks like one and is not run', () => {
    expect(all.length).toBeGreaterThan(FEATURES.length);
    expect(all.filter(({ name }) => !executed.has(name)).map(placeOf)).toEqual([]);
    expect(all.filter((example) => expectedLines(example).length === 0).map(placeOf)).toEqual([]);
    expect([...documents.values()].flatMap(({ otherKinds }) => otherKinds)).toEqual([]);
  });
});

describe("the README's features", () => {
  const rows = [...(texts['README.md'] ?? '').matchAll(/^\| ([^|]*) \| (\[.*\)) \|$/gm)].map(
    ([, feature = '', links = '']) => [feature, links] as const,
  );

  it('are those that the client has', () => {
    expect(rows.map(([feature]) => feature)).toEqual(FEATURES.map(([feature]) => feature));
  });

  it.each(FEATURES)('%s has examples that were run', (feature, ...uses) => {
    const links = rows.find(([each]) => each === feature)?.[1] ?? '';
    const sections = [...links.matchAll(/\]\((?<file>[^#)]*)#(?<anchor>[^)]*)\)/g)];
    const examples = sections.flatMap(({ groups }) => {
      const found = documents
        .get(groups?.['file'] || 'README.md')
        ?.examples.filter(({ heading }) => anchorOf(heading) === groups?.['anchor']);
      expect(found?.length).toBeGreaterThan(0);
      return found ?? [];
    });
    for (const { name } of examples) expect(executed).toContain(name);
    const source = examples.map((example) => example.source).join('\n');
    for (const use of uses) expect(source).toMatch(use);
  });
});

describe('what the README says about complaints', () => {
  it('names tests that there are', async () => {
    const named = [...(texts['README.md'] ?? '').matchAll(/`(?:[\w/-]+\/)?([\w-]+\.i?test\.ts)`/g)];
    const files = new Set<string>();
    for (const root of ['packages', 'apps']) {
      for (const path of await readdir(join(ROOT, root), { recursive: true })) {
        if (!path.includes('node_modules')) files.add(path.split('/').at(-1) ?? '');
      }
    }
    expect(named.length).toBeGreaterThan(20);
    expect(named.map(([, file = '']) => file).filter((file) => !files.has(file))).toEqual([]);
  });

  it('links to what there is', async () => {
    const broken: string[] = [];
    for (const name of DOCUMENTS) {
      for (const [, path = '', anchor] of (texts[name] ?? '').matchAll(
        /\]\(([^)#]*)(?:#([^)]*))?\)/g,
      )) {
        const file = path === '' ? name : path;
        const text = await readFile(join(CLIENT, file), 'utf8').catch(() => undefined);
        const anchors = examplesOf(file, text ?? '').headings.map(anchorOf);
        if (text === undefined || (anchor !== undefined && !anchors.includes(anchor))) {
          broken.push(`${name}: ${path}#${anchor ?? ''}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });
});

function placeOf({ document, heading }: Example) {
  return { document, heading };
}
