// `npm test`: sets up what is missing, then runs every test of every package and says how many passed.
import { setUp } from './setup.mjs';
import { runProgram, step } from './steps.mjs';

await setUp();
step('testing');
const stdio = ['ignore', 'inherit', 'inherit'];
const targets = ['-t', 'test', 'test:integration', ...process.argv.slice(2)];
const tests = await runProgram(process.execPath, ['node_modules/.bin/nx', 'run-many', ...targets], {
  stdio,
});
const sum = await runProgram(process.execPath, ['tools/sum-tests.mjs'], { stdio });
process.exit(tests.reason === undefined && sum.reason === undefined ? 0 : 1);
