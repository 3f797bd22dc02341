/** The examples of the client's README: their types are right, and they do what they say. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { transform } from '@swc/core';
import { type Embedded, startEmbedded } from '../src/embedded.ts';
import { freePort } from './broker-fixture.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../..');
const README = join(ROOT, 'packages/client/README.md');

jest.setTimeout(120_000);

/** Files of examples; below node_modules, so that they find the package as an application does. */
let examples: string;
let data: string;
let embedded: Embedded;
let sources: string[];

beforeAll(async () => {
  const text = await readFile(README, 'utf8');
  sources = [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code ?? '');
  examples = await mkdtemp(join(ROOT, 'node_modules/.readme-'));
  data = await mkdtemp(join(tmpdir(), 'orbitmq-readme-'));
  const ports = { nameServerPort: await freePort(), brokerPort: await freePort() };
  embedded = await startEmbedded({ dataDirectory: data, host: '127.0.0.1', ...ports });
  for (const [index, source] of sources.entries()) {
    await writeFile(join(examples, `example-${index}.ts`), source);
  }
});

afterAll(async () => {
  await embedded.close();
  await rm(examples, { recursive: true });
  await rm(data, { recursive: true });
});

/** What an example prints when it runs against the broker of this test. */
async function outputOf(index: number): Promise<string> {
  const source = (sources[index] ?? '').replaceAll('127.0.0.1:9876', embedded.nameServerAddress);
  const { code } = await transform(source, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
    swcrc: false,
  });
  const file = join(examples, `example-${index}.mjs`);
  await writeFile(file, code);
  // Numbers and lists as they are, whatever the terminal of the test.
  const env = { ...process.env, FORCE_COLOR: '0' };
  const { stdout } = await run(process.execPath, [file], { timeout: 60_000, env });
  return stdout.trim();
}

/** The example that contains this text. */
function indexOf(text: string): number {
  const index = sources.findIndex((source) => source.includes(text));
  expect(index).toBeGreaterThanOrEqual(0);
  return index;
}

describe('the examples of the README', () => {
  it('have the types that the package publishes', async () => {
    const compilerOptions = { noEmit: true, customConditions: [], rootDir: ROOT, types: ['node'] };
    const config = {
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions,
      include: ['*.ts'],
    };
    await writeFile(join(examples, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const problems = await run(tsc, ['-p', examples], { cwd: examples }).then(
      () => '',
      ({ stdout }: { readonly stdout: string }) => stdout,
    );
    expect(problems).toBe('');
  });

  it.each<[string, string | RegExp]>([
    ["tags: 'created',", /^SEND_OK [0-9A-F]{32}\nhello$/],
    ['splitIntoBatches(many)', ''],
    ['sendInTransaction', 'commit'],
    ['createReply(message', '1.20'],
    ['sendHooks', /^127\.0\.0\.1:\d+ SEND_OK \d+ ms$/],
    ['isOrderly', '2 attempts'],
    ['for await', "[ 'read at your own pace' ]"],
    ["namespace: 'staging'", 'Orders'],
    ['message.setKey', 'order-1 0'],
  ])('with %j does what it says', async (text, expected) => {
    expect(await outputOf(indexOf(text))).toMatch(expected === '' ? /^$/ : expected);
  });
});
