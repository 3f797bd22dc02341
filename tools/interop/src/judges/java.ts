import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.ts';
import { prepareApacheHome } from '../peers/apache.ts';
import { fetchPeer, jvmFlagsOf, peersDirectory } from '../peers/index.ts';
import { buildOnce, filesBelow } from './build.ts';
import type { Judge } from './judge.ts';

interface Compiled {
  readonly classPath: string;
}

async function compile(version: string, progress: (line: string) => void): Promise<Compiled> {
  const peer = await fetchPeer(version, progress);
  const sources = await filesBelow(join(PACKAGE_ROOT, 'java/src'), ['.java']);
  const classes = await buildOnce({
    cacheDirectory: join(peersDirectory(), `java-${version}`),
    sources,
    cwd: PACKAGE_ROOT,
    command: (output) => ['javac', '-nowarn', '-d', output, '-cp', peer.classPath, ...sources],
  });
  return { classPath: `${classes}:${peer.classPath}` };
}

/** The command line that runs official mqadmin commands from a file; `home` becomes their home. */
export async function adminCommand(
  version: string,
  home: string,
  commandsFile: string,
): Promise<readonly string[]> {
  const { classPath } = await compile(version, () => {});
  const { flags } = await prepareApacheHome(home, {});
  return [
    'java',
    ...flags,
    '-XX:TieredStopAtLevel=1',
    '-cp',
    classPath,
    'judge.Admin',
    commandsFile,
  ];
}

/** One source for all client versions; compiled against the version it is to judge with. */
export async function javaJudge(
  version: '4.9.7' | '5.5.0',
  progress: (line: string) => void,
): Promise<Judge> {
  const { classPath } = await compile(version, progress);
  return {
    name: `java-${version}`,
    command: (home) => [
      'java',
      ...jvmFlagsOf(home),
      '-Xmx512m',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      classPath,
      'judge.Judge',
    ],
  };
}
