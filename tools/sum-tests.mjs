// Prints the sum of every package's test-results/counts.json as one closing line.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const total = { passed: 0, failed: 0, skipped: 0 };
for (const group of ['packages', 'apps', 'tools']) {
  for (const name of readdirSync(join(root, group))) {
    for (const run of ['counts.json', 'counts-integration.json']) {
      const file = join(root, group, name, 'test-results', run);
      if (!existsSync(file)) continue;
      const counts = JSON.parse(readFileSync(file, 'utf8'));
      for (const key of Object.keys(total)) total[key] += counts[key];
    }
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
