// Writes docs/config/*.md from the configuration tables, or with --check fails when they are not current.
// Whether a key acts is what its table says and the code confirms: a key that nothing reads has no effect.
// Usage: npm run docs:config [-- --check]; needs packages/service to be built.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  brokerConfig,
  keysOf,
  namesrvConfig,
  shownDefault,
} from '../packages/service/dist/index.js';

const root = resolve(import.meta.dirname, '..');
const INT_MAX = 2_147_483_647;

const DOCUMENTS = [
  {
    table: brokerConfig,
    file: 'docs/config/broker.md',
    title: 'Keys of a broker',
    command: 'npx mqbroker -c broker.properties',
    // What each of them reads its settings from.
    sources: [
      'packages/broker',
      'packages/auth',
      'packages/remoting',
      'packages/service',
      'apps/broker',
      'apps/slave-replicator',
      'packages/replication',
    ],
  },
  {
    table: namesrvConfig,
    file: 'docs/config/namesrv.md',
    title: 'Keys of a name server',
    command: 'npx mqnamesrv -c namesrv.properties',
    sources: ['packages/nameserver', 'packages/remoting', 'packages/service', 'apps/namesrv'],
  },
];

/** Reads settings only to tell that they have no effect. */
const TELLS_ONLY = 'store-support.ts';

/** @param {readonly string[]} directories @returns {string} all sources below them but tests and the tables themselves */
function sourceText(directories) {
  const texts = [];
  for (const directory of directories) {
    const home = join(root, directory, 'src');
    if (!existsSync(home)) continue;
    for (const name of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
      const isRead =
        name.endsWith('.ts') &&
        !name.endsWith('.test.ts') &&
        !name.includes('tables/') &&
        name !== TELLS_ONLY;
      if (isRead) texts.push(readFileSync(join(home, name), 'utf8'));
    }
  }
  return texts.join('\n');
}

/** @param {string} text @returns {(key: string) => boolean} whether the code reads a key from its settings */
function readerOf(text) {
  const fields = new Set();
  for (const [, name] of text.matchAll(/(?:[cC]onfig|[sS]ettings)\)?\??\.(\w+)/g)) fields.add(name);
  for (const [, names] of text.matchAll(/\{([^{}]*)\}\s*=\s*[\w.#]*(?:[cC]onfig|[sS]ettings)\b/g)) {
    for (const [name] of names.matchAll(/\w+/g)) fields.add(name);
  }
  // TLS settings are taken by their names.
  for (const [, name] of text.matchAll(/'(tls\.[\w.]+)'/g)) fields.add(name);
  return (key) => fields.has(key);
}

/** @returns {string} */
function rangeOf({ type, min, max, choices }) {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  const least = min !== undefined && min > -INT_MAX ? String(min) : '';
  const most = max !== undefined && max < INT_MAX ? String(max) : '';
  if (least === '' && most === '') return '';
  return most === '' ? `≥ ${least}` : `${least} … ${most}`;
}

/** @param {string} text @returns {string} as a cell of a Markdown table */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function document({ table, title, command, sources }, problems) {
  const isRead = readerOf(sourceText(sources));
  const rows = { acting: [], idle: [] };
  for (const [name, key] of keysOf(table)) {
    const read = isRead(name);
    if (key.effect === 'never' && read) {
      problems.push(`${table.name}: ${name} is read, but its table says that it has no effect`);
    }
    const acts = key.effect !== 'never' && read;
    const [unit, aliases] = [key.unit ?? '', key.aliases.map((alias) => `\`${alias}\``).join(', ')];
    const fallback = shownDefault(key) === '' ? '' : `\`${shownDefault(key)}\``;
    const meaning = `${key.meaning}${aliases === '' ? '' : ` Also: ${aliases}.`}`;
    const cells = [
      `\`${name}\``,
      key.type,
      fallback,
      unit,
      rangeOf(key),
      acts ? key.effect : '',
      meaning,
    ];
    if (!acts) cells.splice(5, 1);
    rows[acts ? 'acting' : 'idle'].push(`| ${cells.map(cell).join(' | ')} |`);
  }
  return `# ${title}

<!-- Generated from the tables in packages/service/src/config/tables by \`npm run docs:config\`. -->

\`${command}\` reads them from a file of \`key=value\` lines; Apache's files can be used as they are. \`-p\` prints all with their values.
A value that a key cannot have stops the start with file and line; a key that nobody knows is reported and does not.

## Keys that act

*live*: a change by \`mqadmin\` (updateBrokerConfig, updateNamesrvConfig) takes effect at once; *start*: it is kept and takes effect at the next start.

| key | type | default | unit | range | takes effect | meaning |
|---|---|---|---|---|---|---|
${rows.acting.join('\n')}

## Keys without effect

Accepted, kept and listed, so that Apache's files and tools work. What they are about is not there, or needs no setting here; the meaning is Apache's.

| key | type | default | unit | range | meaning |
|---|---|---|---|---|---|
${rows.idle.join('\n')}
`;
}

const problems = [];
for (const each of DOCUMENTS) {
  const path = join(root, each.file);
  const text = document(each, problems);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    problems.push(`${each.file} is not current: npm run docs:config`);
  }
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
