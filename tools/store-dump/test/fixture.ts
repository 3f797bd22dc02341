import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeDisk, systemClock } from '@orbitmq/runtime';
import { runDump } from '../src/index.ts';

export type ApacheVersion = '4.4.0' | '4.9.7' | '5.5.0';

/** A directory that is removed at the end of its scope. */
export class TemporaryDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'orbitmq-dump-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Stores that Apache's brokers wrote and closed, unpacked when they are first asked for. */
export class ApacheStores implements Disposable {
  readonly #directory = new TemporaryDirectory();
  readonly #unpacked = new Map<ApacheVersion, string>();

  path(version: ApacheVersion): string {
    const known = this.#unpacked.get(version);
    if (known !== undefined) return known;
    const archive = fileURLToPath(new URL(`../test-data/store-${version}.tar.gz`, import.meta.url));
    const target = join(this.#directory.path, version);
    execFileSync('mkdir', [target]);
    execFileSync('tar', ['-xzf', archive, '-C', target]);
    const store = join(target, 'store');
    this.#unpacked.set(version, store);
    return store;
  }

  /** A copy that may be changed. */
  copy(version: ApacheVersion): StoreCopy {
    return new StoreCopy(this.path(version));
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}

export class StoreCopy extends TemporaryDirectory {
  constructor(original: string) {
    super();
    cpSync(original, this.path, { recursive: true });
  }

  /** Changes a file's bytes. */
  edit(name: string, change: (content: Buffer) => Buffer | void): void {
    const path = join(this.path, name);
    const content = readFileSync(path);
    writeFileSync(path, change(content) ?? content);
  }
}

export interface DumpResult {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** Kinds of what was found, each once, in the order of their first lines. */
  readonly damages: readonly string[];
  readonly notes: readonly string[];
}

/** Runs the tool in this process. */
export async function dump(...args: readonly string[]): Promise<DumpResult> {
  let out = '';
  let err = '';
  const status = await runDump(args, {
    disk: nodeDisk,
    clock: systemClock,
    workingDirectory: '/',
    async writeOut(text) {
      out += text;
    },
    writeError(text) {
      err += text;
    },
  });
  const codes = (severity: string): string[] => {
    const lines = out.split('\n').filter((line) => line.startsWith(`${severity}: `));
    return [...new Set(lines.map((line) => /\[([\w-]+)\]$/.exec(line)?.[1] ?? line))];
  };
  return { status, out, err, damages: codes('damage'), notes: codes('note') };
}
