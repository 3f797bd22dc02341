// Fails when a package imports what its place in tools/layers.json does not allow.
// Usage: node tools/check-layers.mjs
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from '@swc/core';

const SCOPE = '@orbitmq/';
const root = resolve(import.meta.dirname, '..');
const { layers } = JSON.parse(readFileSync(join(root, 'tools/layers.json'), 'utf8'));
const layerOf = new Map(
  layers.flatMap((names, index) => names.map((name) => [SCOPE + name, index])),
);

/** @param {string} directory @returns {string[]} every .ts file below it */
function sourceFiles(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(directory, name));
}

/** @param {string} file @returns {string[]} module specifiers of its static imports and re-exports */
function specifiersOf(file) {
  const ast = parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', target: 'es2023' });
  return ast.body.flatMap((node) => ('source' in node && node.source ? [node.source.value] : []));
}

/** @param {string} specifier @returns {string} the package part of a bare specifier */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

const problems = [];
for (const group of ['packages', 'apps', 'tools']) {
  for (const name of readdirSync(join(root, group))) {
    const home = join(root, group, name);
    if (!existsSync(join(home, 'package.json'))) continue;
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    // A package that is published carries what it bundles among its devDependencies.
    const bundled = new Set(manifest.bundles ?? []);
    const declared = new Set([...Object.keys(manifest.dependencies ?? {}), ...bundled]);
    const testOnly = new Set(Object.keys(manifest.devDependencies ?? {}));
    const used = new Set();
    if (!layerOf.has(manifest.name))
      problems.push(`${manifest.name}: no layer in tools/layers.json`);
    for (const file of [...sourceFiles(join(home, 'src')), ...sourceFiles(join(home, 'test'))]) {
      const isTest = file.endsWith('.test.ts') || file.startsWith(join(home, 'test'));
      for (const specifier of specifiersOf(file)) {
        const where = `${relative(root, file)} -> ${specifier}`;
        if (specifier.startsWith('.')) {
          const target = resolve(dirname(file), specifier);
          if (!target.startsWith(home + '/')) problems.push(`${where}: leaves its package`);
          continue;
        }
        if (!specifier.startsWith(SCOPE)) continue;
        const target = packageOf(specifier);
        if (isTest && target === manifest.name) continue; // a test may use its own package's public door
        used.add(target);
        const isDeclared = declared.has(target) || (isTest && testOnly.has(target));
        if (!isDeclared) problems.push(`${where}: not declared in its package.json`);
        if (!isTest && !(layerOf.get(target) < layerOf.get(manifest.name))) {
          problems.push(`${where}: not in a lower layer`);
        }
      }
    }
    for (const dependency of declared) {
      if (dependency.startsWith(SCOPE) && !used.has(dependency)) {
        problems.push(`${manifest.name}: declares ${dependency} and never imports it`);
      }
    }
  }
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
