// Writes docs/api: what @orbitmq/client exports, from the declarations that are published with it.
//
// Usage: npm run docs:api [-- --check]; needs packages/client to be built.
//
// Own code: the generators there are work on TypeScript's JavaScript API, which its current compiler does not
// have. Declarations as the compiler prints them are regular: each begins with `export` in the first column.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const types = join(root, 'packages/client/dist/types/client');
const KINDS = {
  class: 'Classes',
  function: 'Functions',
  const: 'Constants',
  interface: 'Interfaces',
  type: 'Types',
};
const SOURCE_LINE = /\n \*\s*\n \* Source: [^\n]*(?:\n \* [^\n]*)*(?=\n \*\/)|\n \* Source: [^\n]*/;

/** A declaration, wherever the module has it from. @param {string} name @param {string} file */
function find(name, file) {
  const text = readFileSync(file, 'utf8');
  const declared = declarationsOf(text).filter((each) => each.name === name);
  if (declared.length > 0) return declared;
  const from = exportsOf(file).get(name);
  if (from !== undefined && from !== file) return find(name, from);
  for (const [, path] of text.matchAll(/export \* from '([^']+)'/g)) {
    const found = find(name, join(dirname(file), path.replace(/(\.d)?\.[jt]s$/, '.d.ts')));
    if (found.length > 0) return found;
  }
  return [];
}

/** Names that a module exports, with the file that each comes from. @param {string} file @returns {Map<string, string>} */
function exportsOf(file) {
  const names = new Map();
  const text = readFileSync(file, 'utf8');
  for (const [, list, from] of text.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)) {
    const path = join(dirname(file), from.replace(/(\.d)?\.[jt]s$/, '.d.ts'));
    for (const part of list.split(',')) {
      const name = part.replace(/\btype\b/, '').trim();
      if (name !== '') names.set(name, path);
    }
  }
  for (const { name } of declarationsOf(text)) if (!names.has(name)) names.set(name, file);
  return names;
}

/** Top-level declarations of a .d.ts file, each with its comment. @param {string} text */
function declarationsOf(text) {
  const found = [];
  const pattern =
    /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^export (?:declare )?(?:abstract )?(class|function|const|interface|type) (\w+)/gm;
  for (const match of text.matchAll(pattern)) {
    const [whole, comment = '', kind, name] = match;
    const start = match.index + comment.length;
    found.push({ kind, name, comment, code: codeFrom(text, start), whole });
  }
  return found;
}

/** A declaration ends where the next line begins in the first column with something else than `}`. */
function codeFrom(text, start) {
  const lines = text.slice(start).split('\n');
  let end = 1;
  while (end < lines.length && /^(\s+\S|\}|\s*$)/.test(lines[end])) {
    end++;
    if (lines[end - 1].startsWith('}')) break;
  }
  return lines.slice(0, end).join('\n').trimEnd();
}

/** A comment as paragraphs, without what is for this repository's readers. */
function proseOf(comment) {
  const text = comment.replace(SOURCE_LINE, '');
  return text
    .replace(/^\/\*\*|\*\/\n?$/g, '')
    .replace(/^ \* ?/gm, '')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/@(param|returns|throws) /g, '\n- **$1** ')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function document(title, intro, file) {
  const sections = new Map(Object.values(KINDS).map((heading) => [heading, []]));
  for (const [name, path] of [...exportsOf(file)].toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  )) {
    const all = find(name, path);
    if (all.length === 0) throw new Error(`${name} is not declared in ${basename(path)}`);
    const [first] = all;
    const code = all.map((each) =>
      each.code.replace(/^\s*#private;\n/m, '').replace(/ \* Source: .*\n/g, ''),
    );
    const prose = all.map((each) => proseOf(each.comment)).filter((each) => each !== '');
    sections
      .get(KINDS[first.kind])
      .push([`### ${name}`, ...prose, `\`\`\`ts\n${code.join('\n')}\n\`\`\``].join('\n\n'));
  }
  const parts = [...sections].filter(([, entries]) => entries.length > 0);
  const body = parts.map(([heading, entries]) => `## ${heading}\n\n${entries.join('\n\n')}`);
  const note = '<!-- Generated from the published declarations by `npm run docs:api`. -->';
  return `# ${title}\n\n${note}\n\n${intro}\n\n${body.join('\n\n')}\n`;
}

const DOCUMENTS = [
  [
    'docs/api/client.md',
    '@orbitmq/client',
    'What the package exports. Its README says how things are used.',
    'index.d.ts',
  ],
  [
    'docs/api/ons.md',
    '@orbitmq/client: ons',
    "The surface of Aliyun's ONS SDK: `import { ons } from '@orbitmq/client'`.",
    'ons/index.d.ts',
  ],
];

mkdirSync(join(root, 'docs/api'), { recursive: true });
for (const [file, title, intro, declarations] of DOCUMENTS) {
  const path = join(root, file);
  const text = document(title, intro, join(types, declarations));
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(`${file} is not current: npm run docs:api`);
    process.exitCode = 1;
  }
}
