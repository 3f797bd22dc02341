// Makes packages/client/dist what is published: one ES module, one CommonJS module, and the types, with
// the internal packages inside. Runs in packages/client after tsc.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const home = process.cwd();
const dist = join(home, 'dist');
const { bundles } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
const common = {
  entryPoints: [join(home, 'src/index.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  conditions: ['@orbitmq/source'],
  // Makes the certificate of a server's TLS test mode: no client comes there.
  external: ['selfsigned'],
  legalComments: 'none',
};

const types = join(dist, 'types');
for (const name of readdirSync(dist)) {
  if (name === 'types') continue;
  if (name.endsWith('.d.ts')) cpSync(join(dist, name), join(types, 'client', name));
  else if (!name.includes('.')) copyTypes(join(dist, name), join(types, 'client', name));
  rmSync(join(dist, name), { recursive: true });
}
for (const name of bundles) {
  const short = name.replace('@orbitmq/', '');
  copyTypes(resolve(home, '..', short, 'dist'), join(types, short));
}
rewrite(types);
prune(types);
// One set of declarations for both kinds of modules: they are CommonJS's, and the ES module's pass them on.
writeFileSync(join(types, 'package.json'), '{"type":"commonjs"}\n');
writeFileSync(join(dist, 'index.d.mts'), "export * from './types/client/index.js';\n");
const { metafile } = await build({
  ...common,
  format: 'esm',
  outfile: join(dist, 'index.js'),
  metafile: true,
});
await build({ ...common, format: 'cjs', outfile: join(dist, 'index.cjs') });
writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), noticesOf(Object.keys(metafile.inputs)));

/** Licences of the libraries inside, which they ask to be passed on. @param {string[]} inputs paths of bundled files */
function noticesOf(inputs) {
  const packages = inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const notices = [...new Set(packages)].filter(Boolean).map((path) => {
    const directory = resolve(home, path);
    const { name, version, license } = JSON.parse(
      readFileSync(join(directory, 'package.json'), 'utf8'),
    );
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} is bundled and has no licence file`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`;
  });
  return notices.join(`\n${'-'.repeat(80)}\n\n`);
}

function copyTypes(from, to) {
  cpSync(from, to, {
    recursive: true,
    filter: (path) =>
      !path.includes('.') || path.endsWith('.d.ts') || !/\.[cm]?[jt]s(\.map)?$/.test(path),
  });
}

/** Types of internal packages are found by place, and all by names that every kind of module resolution knows. */
function rewrite(directory) {
  mkdirSync(directory, { recursive: true });
  for (const path of filesBelow(directory)) {
    const text = readFileSync(path, 'utf8').replace(
      /(['"])@orbitmq\/([a-z]+)\1/g,
      (_match, quote, name) => {
        const target = relative(dirname(path), join(types, name, 'index.js'));
        return `${quote}${target.startsWith('.') ? target : `./${target}`}${quote}`;
      },
    );
    writeFileSync(path, text.replace(/(['"])(\.\.?\/[^'"\n]+?)(?:\.d)?\.ts\1/g, '$1$2.js$1'));
  }
}

/** Leaves out declarations that none of the published ones leads to. */
function prune(directory) {
  const reached = new Set();
  const reach = (path) => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const [, target] of readFileSync(path, 'utf8').matchAll(
      /['"](\.\.?\/[^'"\n]+)\.js['"]/g,
    )) {
      reach(join(dirname(path), `${target}.d.ts`));
    }
  };
  reach(join(directory, 'client/index.d.ts'));
  for (const path of filesBelow(directory)) if (!reached.has(path)) rmSync(path);
}

/** @returns {string[]} */
function filesBelow(directory) {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
