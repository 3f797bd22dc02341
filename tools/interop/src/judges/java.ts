import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.ts';
import { fetchPeer, JVM_FLAGS, peersDirectory } from '../peers/index.ts';
import { buildOnce, filesBelow } from './build.ts';
import type { Judge } from './judge.ts';

/** One source for all client versions; compiled against the version it is to judge with. */
export async function javaJudge(
  version: '4.9.7' | '5.5.0',
  progress: (line: string) => void,
): Promise<Judge> {
  const peer = await fetchPeer(version, progress);
  const sources = await filesBelow(join(PACKAGE_ROOT, 'java/src'), ['.java']);
  const classes = await buildOnce({
    cacheDirectory: join(peersDirectory(), `java-${version}`),
    sources,
    cwd: PACKAGE_ROOT,
    command: (output) => ['javac', '-nowarn', '-d', output, '-cp', peer.classPath, ...sources],
  });
  const classPath = `${classes}:${peer.classPath}`;
  return {
    name: `java-${version}`,
    command: (home) => [
      'java',
      ...JVM_FLAGS,
      '-Xmx512m',
      '-XX:TieredStopAtLevel=1',
      `-Duser.home=${home}`,
      '-cp',
      classPath,
      'judge.Judge',
    ],
  };
}
