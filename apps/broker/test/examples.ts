/**
 * The examples of a document: blocks of TypeScript, each a program of its own, with what it prints in lines
 * `// prints: …`, where `…` stands for anything.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { transform } from '@swc/core';

const run = promisify(execFile);
export const ROOT = resolve(import.meta.dirname, '../../..');
const RUN_TIMEOUT_MS = 90_000;
/** Examples that run at the same time: each waits most of its time, for a message or a retry. */
const MAX_RUNNING = 6;

/** One block, under the heading where it stands. */
export interface Example {
  readonly document: string;
  readonly heading: string;
  readonly source: string;
  /** Name of its file, without what comes after the dot. */
  readonly name: string;
}

/** The blocks of a document, and what stands in the way of running all of them. */
export interface Examples {
  readonly examples: readonly Example[];
  /** Kinds of blocks that nobody runs. */
  readonly otherKinds: readonly string[];
  readonly headings: readonly string[];
}

export function examplesOf(document: string, text: string): Examples {
  const examples: Example[] = [];
  const otherKinds: string[] = [];
  const headings: string[] = [];
  let heading = '';
  for (const match of text.matchAll(
    /^#+ (?<title>[^\n]*)$|^```(?<kind>\w*)\n(?<source>.*?)^```$/gms,
  )) {
    const { title, kind, source = '' } = match.groups ?? {};
    if (title !== undefined) {
      heading = title;
      headings.push(title);
    } else if (kind === 'ts') {
      const name = `${document.replace('.md', '').toLowerCase()}-${examples.length}`;
      examples.push({ document, heading, source, name });
    } else otherKinds.push(kind ?? '');
  }
  return { examples, otherKinds, headings };
}

/** How GitHub links to a heading. */
export function anchorOf(heading: string): string {
  const words = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} -]/gu, '');
  return words.replaceAll(' ', '-');
}

export function expectedLines({ source }: Example): readonly string[] {
  return [...source.matchAll(/^ *\/\/ prints: (.*)$/gm)].map(([, line]) => line ?? '');
}

/** Whether a program printed these lines and no others. */
export function isPrinted(expected: readonly string[], output: string): boolean {
  const pattern = expected.map((line) => line.split('…').map(escaped).join('.*')).join('\n');
  return new RegExp(`^${pattern}$`, 's').test(output.trim());
}

/** Runs examples in a directory from which the packages are found as applications find them. */
export class ExampleRunner {
  readonly #directory: string;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Complaints of the compiler about all examples; empty when there are none. */
  async typeProblems(examples: readonly Example[]): Promise<string> {
    const directory = this.#directory;
    for (const { name, source } of examples) await writeFile(join(directory, `${name}.ts`), source);
    const compilerOptions = { noEmit: true, customConditions: [], rootDir: ROOT, types: ['node'] };
    const base = join(ROOT, 'tsconfig.base.json');
    const config = { extends: base, compilerOptions, include: ['*.ts'] };
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    return run(tsc, ['-p', directory], { cwd: directory }).then(
      () => '',
      ({ stdout }: { readonly stdout: string }) => stdout,
    );
  }

  /** What the example prints, errors too. @param adapt puts in the addresses that there are */
  async output({ name, source }: Example, adapt: (source: string) => string): Promise<string> {
    const { code } = await transform(adapt(source), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
      swcrc: false,
    });
    const file = join(this.#directory, `${name}.mjs`);
    await writeFile(file, code);
    return this.#oneOfFew(async () => {
      // Numbers and lists as they are, whatever the terminal of the test.
      const env = { ...process.env, FORCE_COLOR: '0' };
      const options = { timeout: RUN_TIMEOUT_MS, env, cwd: this.#directory };
      const { stdout, stderr } = await run(process.execPath, [file], options);
      return (stdout + stderr).trim();
    });
  }

  async #oneOfFew<T>(act: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_RUNNING) {
      await new Promise<void>((proceed) => {
        this.#waiting.push(proceed);
      });
    }
    this.#running++;
    try {
      return await act();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
