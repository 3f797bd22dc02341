import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.ts';
import type { Judge } from './judge.ts';

/** Our own SDK, as it is published, in a process of its own. */
export function sdkJudge(): Promise<Judge> {
  const program = join(PACKAGE_ROOT, 'bin/sdk-judge.js');
  return Promise.resolve({ name: 'sdk', command: () => [process.execPath, program] });
}
