/** The examples of packages/client/CONSUMERS.md: they compile, and they run. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Producer } from '@orbitmq/client';
import { type Embedded, startEmbedded } from '../src/embedded.ts';
import { freePort } from './broker-fixture.ts';

jest.setTimeout(120_000);

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../..');
const DOCUMENT = join(ROOT, 'packages/client/CONSUMERS.md');
const SECTIONS = ['## PushConsumer', '## LitePullConsumer'];
/** What an application has around the examples. */
const SURROUNDINGS = `
import * as client from '@orbitmq/client';
const { PushConsumer, LitePullConsumer, byConsistentHash } = client;
const nameServers: readonly string[] = [process.argv[2] ?? ''];
const reported: string[] = [];
async function sendMail(text: string): Promise<void> { console.log('mail', text); }
async function isBankOpen(): Promise<boolean> { return true; }
async function insertRows(rows: readonly string[]): Promise<number> { return rows.length; }
async function notify(message: client.ReceivedMessage): Promise<void> { console.log(message.messageId); }
async function book(text: string): Promise<boolean> { return text !== ''; }
function dropFromCache(text: string): void { console.log('drop', text); }
async function addToReport(batch: readonly client.ReceivedMessage[]): Promise<void> {
  reported.push(...batch.map(({ body }) => body.toString()));
}
async function isReportComplete(): Promise<boolean> { return reported.length > 0; }
`;

let directory: string;
let home: string;
let embedded: Embedded;
let program: string;

/** The examples in one piece: later ones go on with what earlier ones made. */
async function examples(): Promise<string> {
  const text = await readFile(DOCUMENT, 'utf8');
  const sections = text.split(/^(?=## )/m).filter((section) => {
    return SECTIONS.some((title) => section.startsWith(`${title}\n`));
  });
  expect(sections).toHaveLength(SECTIONS.length);
  const blocks = sections.flatMap((section) => [...section.matchAll(/^```ts\n(.*?)^```$/gms)]);
  expect(blocks.length).toBeGreaterThan(7);
  return blocks.map(([, code = '']) => code.replace(/^import .*$/gm, '')).join('\n');
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-examples-'));
  embedded = await startEmbedded({
    dataDirectory: join(directory, 'data'),
    host: '127.0.0.1',
    nameServerPort: await freePort(),
    brokerPort: await freePort(),
  });
  // Below the workspace, so that the compiler finds the package.
  await mkdir(join(ROOT, 'node_modules/.cache'), { recursive: true });
  home = await mkdtemp(join(ROOT, 'node_modules/.cache/examples-'));
  program = join(home, 'examples.ts');
  const ending = "console.log('reported', reported.join());\n";
  await writeFile(
    program,
    `${SURROUNDINGS}async function main(): Promise<void> {\n${await examples()}\n}\nawait main();\n${ending}`,
  );
});

afterAll(async () => {
  await embedded.close();
  await rm(directory, { recursive: true });
  await rm(home, { recursive: true });
});

describe('the examples about consumers', () => {
  it('compile', async () => {
    const compilerOptions = {
      noEmit: true,
      composite: false,
      incremental: false,
      noUnusedLocals: false,
      skipLibCheck: true,
      types: ['node'],
    };
    const config = {
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions,
      files: [program],
    };
    await writeFile(join(home, 'tsconfig.json'), JSON.stringify(config));
    const { stdout } = await run('npx', ['tsc', '-p', home], { cwd: ROOT }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });

  it('run', async () => {
    const nameServers = [embedded.nameServerAddress];
    await using producer = new Producer({ nameServers, group: 'PG_examples' });
    await producer.start();
    await producer.send({ topic: 'Orders', body: 'an order', tags: 'paid' });
    const bundle = join(home, 'examples.mjs');
    const options = ['--bundle', '--platform=node', '--format=esm', '--target=node20'];
    const resolving = ['--conditions=@orbitmq/source', '--external:selfsigned'];
    await run('npx', ['esbuild', program, ...options, ...resolving, `--outfile=${bundle}`], {
      cwd: ROOT,
    });
    // Broadcasting consumers keep their offsets below the home directory.
    const env = { ...process.env, HOME: directory };
    const { stdout, stderr } = await run('node', [bundle, embedded.nameServerAddress], { env });
    expect(stdout).toContain('reported an order');
    expect(stderr).toBe('');
  });
});
