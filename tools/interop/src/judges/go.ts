import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.ts';
import { peersDirectory } from '../peers/index.ts';
import { buildOnce, filesBelow } from './build.ts';
import type { Judge } from './judge.ts';

/** The official Go client, through the Go proxy. */
export async function goJudge(progress: (line: string) => void): Promise<Judge> {
  const cwd = join(PACKAGE_ROOT, 'go');
  const sources = await filesBelow(cwd, ['.go', 'go.mod', 'go.sum']);
  progress('building the Go judge');
  const output = await buildOnce({
    cacheDirectory: join(peersDirectory(), 'go'),
    sources,
    cwd,
    command: (directory) => ['go', 'build', '-o', join(directory, 'judge'), '.'],
  });
  return { name: 'go', command: () => [join(output, 'judge')] };
}
