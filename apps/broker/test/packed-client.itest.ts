/** What npm would publish of the client: small, without tests, installed without scripts, and usable from every kind of module. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Embedded, startEmbedded } from '../src/embedded.ts';
import { freePort } from './broker-fixture.ts';

jest.setTimeout(120_000);

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../..');
const CLIENT = join(ROOT, 'packages/client');
/** 0.7 MB today, most of it Zstandard's decoder, once for each kind of module. */
const MAX_PACKED_BYTES = 1_000_000;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

let home: string;
let packed: Packed;
let embedded: Embedded;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'orbitmq-tarball-'));
  const pack = ['pack', '--json', '--pack-destination', home];
  const { stdout } = await run('npm', pack, { cwd: CLIENT });
  [packed] = JSON.parse(stdout) as [Packed];
  await writeFile(join(home, 'package.json'), '{"name":"user","private":true}');
  const install = ['install', '--silent', '--no-audit', '--no-fund', '--offline'];
  await run('npm', [...install, join(home, packed.filename)], { cwd: home });
  embedded = await startEmbedded({
    dataDirectory: join(home, 'data'),
    host: '127.0.0.1',
    nameServerPort: await freePort(),
    brokerPort: await freePort(),
  });
});

afterAll(async () => {
  await embedded.close();
  await rm(home, { recursive: true });
});

/** What a program of the empty project prints. */
async function outputOf(file: string, source: string): Promise<string> {
  await writeFile(join(home, file), source);
  const args = [file, embedded.nameServerAddress];
  const { stdout } = await run(process.execPath, args, { cwd: home });
  return stdout.trim();
}

/** Names of values that the package's sources export, by its declarations. */
async function declaredValues(file: string): Promise<readonly string[]> {
  const text = await readFile(join(CLIENT, 'src', file), 'utf8');
  const names: string[] = [...text.matchAll(/^export (?:const|function|class) (\w+)/gm)].map(
    ([, name = '']) => name,
  );
  for (const [, alias = ''] of text.matchAll(/^export \* as (\w+)/gm)) names.push(alias);
  for (const [, list = ''] of text.matchAll(/^export \{([^}]*)\}/gm)) {
    const parts = list.split(',').map((part) => part.trim());
    names.push(...parts.filter((part) => part !== '' && !part.startsWith('type ')));
  }
  return names.toSorted();
}

describe('the package', () => {
  it('holds what is needed to use it and nothing else', async () => {
    const paths = packed.files.map(({ path }) => path);
    const unexpected = paths.filter((path) => {
      return !/^(?:package\.json|[A-Z]+\.md|dist\/[\w.-]+|dist\/types\/.*\.d\.ts|dist\/types\/package\.json)$/.test(
        path,
      );
    });
    expect(unexpected).toEqual([]);
    expect(paths.filter((path) => /test|memory-|fuzz/.test(path))).toEqual([]);
    const documents = ['CONSUMERS.md', 'PRODUCERS.md', 'README.md'];
    expect(paths.filter((path) => path.endsWith('.md')).toSorted()).toEqual(documents);
    expect(packed.size).toBeLessThan(MAX_PACKED_BYTES);
  });

  it('brings no dependencies and runs nothing when it is installed', async () => {
    expect(
      (await readdir(join(home, 'node_modules'))).filter((name) => !name.startsWith('.')),
    ).toEqual(['@orbitmq']);
    expect(await readdir(join(home, 'node_modules/@orbitmq'))).toEqual(['client']);
    const manifest = JSON.parse(
      await readFile(join(home, 'node_modules/@orbitmq/client/package.json'), 'utf8'),
    ) as Record<string, unknown>;
    for (const key of ['scripts', 'dependencies', 'optionalDependencies', 'peerDependencies']) {
      expect(manifest[key]).toBeUndefined();
    }
    const libraries = await readFile(join(CLIENT, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const [, name = ''] of libraries.matchAll(/^(\S+) \d[\w.-]* \(/gm)) {
      const file = join(ROOT, 'node_modules', name, 'package.json');
      const { scripts = {} } = JSON.parse(await readFile(file, 'utf8')) as {
        scripts?: Record<string, string>;
      };
      expect(Object.keys(scripts).filter((key) => /^(?:pre|post)?install$/.test(key))).toEqual([]);
    }
  });

  it.each([
    ['imported', 'values.mjs', "import * as client from '@orbitmq/client';"],
    ['required', 'values.cjs', "const client = require('@orbitmq/client');"],
  ])('has all its values when it is %s', async (_how, file, load) => {
    const print = `console.log(JSON.stringify([client, client.ons].map((each) => Object.keys(each).sort())));`;
    const [values, onsValues] = JSON.parse(await outputOf(file, `${load}\n${print}`)) as string[][];
    expect(values).toEqual(await declaredValues('index.ts'));
    expect(onsValues).toEqual(await declaredValues('ons/index.ts'));
  });

  it.each([
    ['imported', 'send.mjs', "import { Producer } from '@orbitmq/client';"],
    ['required', 'send.cjs', "const { Producer } = require('@orbitmq/client');"],
  ])('sends when it is %s', async (_how, file, load) => {
    const send = `
      const producer = new Producer({ nameServers: [process.argv[2]], group: 'PG_tarball' });
      producer.start()
        .then(() => producer.send({ topic: 'Tarball', body: 'hello' }))
        .then((result) => { console.log(result.status); return producer.close(); });`;
    expect(await outputOf(file, load + send)).toBe('SEND_OK');
  });

  it.each([
    ['node16', 'types.mts'],
    ['node16', 'types.cts'],
    ['nodenext', 'types.mts'],
    ['nodenext', 'types.cts'],
    ['preserve', 'types.ts'],
  ])('has its types for modules by %s in %s', async (module, file) => {
    const names = await declaredValues('index.ts');
    await writeFile(
      join(home, file),
      `import * as client from '@orbitmq/client';
       import { ons, Producer, type ProducerOptions, RocketMqError, type SendResult } from '@orbitmq/client';
       export const options: ProducerOptions = { nameServers: 'a:1', group: 'g' };
       export const all = [${names.map((name) => `client.${name}`).join(', ')}];
       export const result: Promise<SendResult> = new Producer(options).send({ topic: 'T', body: 'x' });
       export const message: ons.Message = new ons.Message('T', 'tag', 'body');
       export const code: string = new RocketMqError('m', { code: 'C' }).code;
       // @ts-expect-error -- types are there, and not any
       export const wrong: number = new Producer(options).clientId;`,
    );
    const resolution = module === 'preserve' ? ['--moduleResolution', 'bundler'] : [];
    const libraries = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'esnext'];
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const args = ['--module', module, ...resolution, ...libraries, ...options, file];
    const problems = await run(tsc, args, { cwd: home }).then(
      () => '',
      ({ stdout }: { readonly stdout: string }) => stdout,
    );
    expect(problems).toBe('');
  });
});

describe('the API reference', () => {
  it('is that of what is published', async () => {
    const script = join(ROOT, 'tools/api-docs.mjs');
    await expect(run(process.execPath, [script, '--check'])).resolves.toMatchObject({ stderr: '' });
  });
});
