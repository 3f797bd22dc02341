import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The end of a service's output that a failure log shows. */
const TAIL_CHARACTERS = 20_000;

function fileNameOf(text: string): string {
  return text.replaceAll(/[^\w.-]+/gu, '_');
}

/** The directory of a run's failure logs; made when the first failure is written. */
export class FailureLogs {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Keeps what a cell printed and the ends of what its services printed. Returns the file. */
  async write(cell: string, text: string, serviceLogs: readonly string[]): Promise<string> {
    await mkdir(this.directory, { recursive: true });
    const tails = await Promise.all(
      serviceLogs.map(async (file) => {
        const content = await readFile(file, 'utf8').catch(() => '(no output)');
        return `\n===== ${file}\n${content.slice(-TAIL_CHARACTERS)}`;
      }),
    );
    const file = join(this.directory, `${fileNameOf(cell)}.log`);
    await writeFile(file, `${text}\n${tails.join('\n')}\n`);
    return file;
  }

  /** Keeps all logs below a cluster's directory, not its store. */
  async keepServiceLogs(name: string, clusterDirectory: string): Promise<void> {
    const names = await readdir(clusterDirectory, { recursive: true }).catch(() => []);
    const logs = names.filter((one) => /\.(?:log|out|json|properties)$/u.test(one));
    for (const log of logs) {
      const target = join(this.directory, fileNameOf(name), log);
      await mkdir(join(target, '..'), { recursive: true });
      await cp(join(clusterDirectory, log), target);
    }
  }
}
