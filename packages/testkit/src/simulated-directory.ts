/**
 * Names in a directory: those that programs see, those that are on the disk for certain, and the changes
 * between the two. After a power cut any subset of the changes has happened, in their order; a rename
 * happens as a whole or not at all.
 */
import type { SeededRandom } from './seeded-random.ts';
import { SimulatedFile } from './simulated-file.ts';

export type Node = SimulatedFile | SimulatedDirectory;

type Change =
  | { readonly kind: 'put'; readonly name: string; readonly node: Node }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly node: Node };

export class SimulatedDirectory {
  readonly entries = new Map<string, Node>();
  #durable = new Map<string, Node>();
  #pending: Change[] = [];

  put(name: string, node: Node): void {
    this.#change({ kind: 'put', name, node });
  }

  remove(name: string): void {
    this.#change({ kind: 'remove', name });
  }

  rename(from: string, to: string): void {
    this.#change({ kind: 'rename', from, to, node: this.entries.get(from) as Node });
  }

  /** Every change so far is on the disk. */
  sync(): void {
    this.#durable = new Map(this.entries);
    this.#pending = [];
  }

  /** The directory with all below it as it may be after a power cut. */
  afterPowerCut(random: SeededRandom, survivals: readonly number[]): SimulatedDirectory {
    const survivors = new Map(this.#durable);
    const survival = random.pick(survivals);
    for (const change of this.#pending) {
      if (random.chance(survival)) apply(change, survivors);
    }
    return fill(survivors, (node) =>
      node instanceof SimulatedFile
        ? node.afterPowerCut(random, random.pick(survivals))
        : node.afterPowerCut(random, survivals),
    );
  }

  /** What programs see, of which all is on the disk. */
  copy(): SimulatedDirectory {
    return fill(this.entries, (node) => node.copy());
  }

  /** Every file below, in no order. */
  *files(): Generator<SimulatedFile> {
    for (const node of this.entries.values()) {
      if (node instanceof SimulatedFile) yield node;
      else yield* node.files();
    }
  }

  #change(change: Change): void {
    apply(change, this.entries);
    this.#pending.push(change);
  }
}

function apply(change: Change, names: Map<string, Node>): void {
  if (change.kind === 'put') {
    names.set(change.name, change.node);
  } else if (change.kind === 'remove') {
    names.delete(change.name);
  } else {
    if (names.get(change.from) === change.node) names.delete(change.from);
    names.set(change.to, change.node);
  }
}

function fill(names: ReadonlyMap<string, Node>, make: (node: Node) => Node): SimulatedDirectory {
  const directory = new SimulatedDirectory();
  for (const [name, node] of names) directory.put(name, make(node));
  directory.sync();
  return directory;
}
