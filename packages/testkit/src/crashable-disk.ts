/**
 * A disk in memory that does to a program what disks do: it forgets what was not synced, tears it, fails,
 * fills up. docs/fault-model.md says what may be lost where.
 */
import { dirname } from 'node:path';
import { toError } from '@orbitmq/kernel';
import type { Clock, Disk, DiskEntry, DiskFile, DiskStat, DiskUsage } from '@orbitmq/runtime';
import { DiskFaults, diskError } from './disk-faults.ts';
import { SeededRandom } from './seeded-random.ts';
import { type Node, SimulatedDirectory } from './simulated-directory.ts';
import { SimulatedFile } from './simulated-file.ts';

export interface CrashableDiskOptions {
  readonly faults?: DiskFaults;
  /** Decides how much of a failing write, or of one that a crash cuts short, is done. */
  readonly random?: SeededRandom;
  readonly clock?: Pick<Clock, 'now'>;
  /** Runs a call's work some time later; in a microtask when absent. */
  readonly schedule?: (work: () => void) => void;
}

interface Call<T> {
  readonly name: string;
  readonly path: string;
  act(): T;
  /** Does some of the work: the call fails, or a crash cuts it short. */
  actPartly?(random: SeededRandom): void;
}

/** Whether unsynced changes survive: mostly lost, mostly kept, and everything between. */
const SURVIVALS = [0, 0, 0.1, 0.5, 0.9, 1];

export class CrashableDisk implements Disk {
  readonly faults: DiskFaults;
  readonly #options: CrashableDiskOptions;
  readonly #random: SeededRandom;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #underWay = new Set<Call<unknown>>();
  #root: SimulatedDirectory;
  #isDead = false;

  constructor(options: CrashableDiskOptions = {}, root = new SimulatedDirectory()) {
    this.#options = options;
    this.#root = root;
    this.faults = options.faults ?? new DiskFaults();
    this.#random = options.random ?? new SeededRandom(0);
    this.#clock = options.clock ?? countingClock();
  }

  /**
   * The machine loses power. Calls that are under way are done partly, in any order, and never return.
   *
   * @returns the disk as it may look afterwards, the same for the same seed
   */
  powerCut({ seed }: { readonly seed: number }): CrashableDisk {
    const random = new SeededRandom(seed);
    this.#die(random);
    return new CrashableDisk(this.#options, this.#root.afterPowerCut(random, survivals(random)));
  }

  /**
   * The process dies; calls that are under way are done partly and never return.
   *
   * @returns the disk with the system's cache as it is: what was not synced still may be lost
   */
  kill({ seed }: { readonly seed: number }): CrashableDisk {
    this.#die(new SeededRandom(seed));
    return new CrashableDisk(this.#options, this.#root);
  }

  /** What programs see, on a disk of its own that does not fail. */
  copy(): CrashableDisk {
    return new CrashableDisk({ clock: this.#clock }, this.#root.copy());
  }

  /** Puts a file in place, with its directories, at once and for good. */
  put(path: string, content: Buffer | string): void {
    const file = new SimulatedFile();
    file.write(Buffer.from(content), 0);
    file.sync();
    file.modifiedMs = this.#clock.now();
    let directory = this.#root;
    const names = namesOf(path);
    const last = names.pop() as string;
    for (const name of names) {
      const below = this.#directoryIn(directory, name, path);
      directory.sync();
      directory = below;
    }
    directory.put(last, file);
    directory.sync();
  }

  async open(path: string, mode: 'read' | 'read-write' | 'create'): Promise<DiskFile> {
    const file = await this.#call('open', path, () => {
      const found = this.#find(path);
      if (found instanceof SimulatedFile) return found;
      if (found !== undefined) throw diskError('EISDIR', 'open', path);
      if (mode !== 'create') throw diskError('ENOENT', 'open', path);
      const made = new SimulatedFile();
      made.modifiedMs = this.#clock.now();
      this.#parent(path, 'open').put(lastName(path), made);
      return made;
    });
    return this.#opened(file, path);
  }

  list(directory: string): Promise<readonly DiskEntry[]> {
    return this.#call('scandir', directory, () => {
      const found = this.#find(directory);
      if (!(found instanceof SimulatedDirectory)) return [];
      return [...found.entries].map(([name, node]) => ({
        name,
        isDirectory: node instanceof SimulatedDirectory,
      }));
    });
  }

  stat(path: string): Promise<DiskStat | undefined> {
    return this.#call('stat', path, () => {
      const found = this.#find(path);
      if (found instanceof SimulatedFile) {
        const { sizeBytes, allocatedBytes, modifiedMs } = found;
        return { sizeBytes, allocatedBytes, modifiedMs, isDirectory: false };
      }
      return found && { sizeBytes: 0, allocatedBytes: 0, modifiedMs: 0, isDirectory: true };
    });
  }

  makeDirectory(path: string): Promise<void> {
    return this.#call('mkdir', path, () => {
      let directory = this.#root;
      for (const name of namesOf(path)) directory = this.#directoryIn(directory, name, path);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', from, () => {
      const parent = this.#parent(from, 'rename');
      if (parent !== this.#parent(to, 'rename')) throw diskError('EXDEV', 'rename', from);
      if (!parent.entries.has(lastName(from))) throw diskError('ENOENT', 'rename', from);
      parent.rename(lastName(from), lastName(to));
    });
  }

  remove(path: string): Promise<void> {
    return this.#call('rm', path, () => {
      if (this.#find(path) instanceof SimulatedFile) {
        this.#parent(path, 'rm').remove(lastName(path));
      }
    });
  }

  removeDirectory(path: string): Promise<void> {
    const removeBelow = (directory: SimulatedDirectory, random?: SeededRandom): void => {
      for (const [name, node] of directory.entries) {
        if (node instanceof SimulatedDirectory) removeBelow(node, random);
        else if (random === undefined || random.chance(0.5)) directory.remove(name);
      }
    };
    return this.#run({
      name: 'rm',
      path,
      act: () => {
        const found = this.#find(path);
        if (!(found instanceof SimulatedDirectory)) return;
        removeBelow(found);
        this.#parent(path, 'rm').remove(lastName(path));
      },
      actPartly: (random) => {
        const found = this.#find(path);
        if (found instanceof SimulatedDirectory) removeBelow(found, random);
      },
    });
  }

  syncDirectory(path: string): Promise<void> {
    return this.#call('fsync', path, () => {
      const found = this.#find(path);
      if (!(found instanceof SimulatedDirectory)) throw diskError('ENOENT', 'fsync', path);
      found.sync();
    });
  }

  usage(path: string): Promise<DiskUsage> {
    return this.#call('statfs', path, () => this.faults.usage(this.usedBytes));
  }

  #opened(file: SimulatedFile, path: string): DiskFile {
    const handle = new Handle();
    const run = <T>(call: Omit<Call<T>, 'path'>): Promise<T> =>
      handle.isClosed
        ? Promise.reject(diskError('EBADF', call.name, path))
        : handle.during(this.#run({ ...call, path }));
    return {
      read: (target, offset, length, position) =>
        run({ name: 'read', act: () => file.read(target, offset, length, position) }),
      write: (source, offset, length, position) => {
        const write = (bytes: number): void => {
          file.write(source.subarray(offset, offset + bytes), position);
          file.modifiedMs = this.#clock.now();
        };
        return run({
          name: 'write',
          act: () => {
            const { availableBytes } = this.faults.usage(this.usedBytes);
            let fitting = length;
            while (fitting > 0 && file.newBytes(position, fitting) > availableBytes) {
              fitting = Math.max(0, fitting - SPACE_STEP_BYTES);
            }
            write(fitting);
            if (fitting < length) throw diskError('ENOSPC', 'write', path);
          },
          actPartly: (random) => write(random.below(length + 1)),
        });
      },
      sync: () =>
        run({
          name: 'fdatasync',
          act: () => file.sync(),
          actPartly: (random) => {
            if (!this.#isDead) file.failSync(random);
          },
        }),
      truncate: (sizeBytes) => run({ name: 'ftruncate', act: () => file.truncate(sizeBytes) }),
      size: () => run({ name: 'fstat', act: () => file.sizeBytes }),
      close: async () => {
        if (handle.isClosed) return;
        await handle.close();
        await this.#call('close', path, () => undefined);
      },
    };
  }

  #call<T>(name: string, path: string, act: () => T): Promise<T> {
    return this.#run({ name, path, act });
  }

  #run<T>(call: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#underWay.add(call);
      const work = (): void => {
        if (this.#isDead) return;
        this.#underWay.delete(call);
        const refused = this.faults.next(call.name, call.path);
        try {
          if (refused === undefined) {
            resolve(call.act());
          } else {
            call.actPartly?.(this.#random);
            reject(refused);
          }
        } catch (error) {
          reject(toError(error));
        }
      };
      (this.#options.schedule ?? queueMicrotask)(work);
    });
  }

  /** What is under way is left in the middle. */
  #die(random: SeededRandom): void {
    this.#isDead = true;
    const calls = [...this.#underWay];
    this.#underWay.clear();
    while (calls.length > 0) {
      const [call] = calls.splice(random.below(calls.length), 1);
      if (random.chance(0.5)) call?.actPartly?.(random);
    }
  }

  /** Space that files take up. */
  get usedBytes(): number {
    let bytes = 0;
    for (const file of this.#root.files()) bytes += file.allocatedBytes;
    return bytes;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of namesOf(path)) {
      if (!(node instanceof SimulatedDirectory)) return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  #parent(path: string, call: string): SimulatedDirectory {
    const parent = this.#find(dirname(path));
    if (parent instanceof SimulatedDirectory) return parent;
    throw diskError('ENOENT', call, path);
  }

  #directoryIn(directory: SimulatedDirectory, name: string, path: string): SimulatedDirectory {
    const found = directory.entries.get(name);
    if (found instanceof SimulatedDirectory) return found;
    if (found !== undefined) throw diskError('ENOTDIR', 'mkdir', path);
    const made = new SimulatedDirectory();
    directory.put(name, made);
    return made;
  }
}

const SPACE_STEP_BYTES = 512;

/** Of an open file: closing waits for the calls under way, and refuses later ones. */
class Handle {
  #calls = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async during<T>(call: Promise<T>): Promise<T> {
    this.#calls++;
    try {
      return await call;
    } finally {
      this.#calls--;
      if (this.#calls === 0) this.#onIdle?.();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#calls === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
}

/** Each change is made a millisecond after the one before. */
function countingClock(): Pick<Clock, 'now'> {
  let ms = 0;
  return { now: () => ++ms };
}

/** Some power cuts lose all alike; in others each file and directory has its own luck. */
function survivals(random: SeededRandom): readonly number[] {
  return random.chance(0.5) ? [random.pick(SURVIVALS)] : SURVIVALS;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function lastName(path: string): string {
  return namesOf(path).at(-1) as string;
}
