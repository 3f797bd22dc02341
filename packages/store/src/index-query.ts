/**
 * Finds places of messages by the hash of their key: files from the newest back, in each the chain of the
 * hash's slot. Entries are read in small windows, since those of one chain often lie close together.
 *
 * Source: IndexService.java (queryOffset), IndexFile.java (selectPhyOffset).
 */
import { entryPosition, INDEX_ENTRY_BYTES, IndexEntry, type IndexFile } from './index-file.ts';
import type { IndexWriter } from './index-writer.ts';

/** One page of the disk; all that a query reads at a time. */
const WINDOW_ENTRIES = 204;

export interface IndexSearch {
  readonly keyHash: number;
  /** Store time, milliseconds since the epoch, both inclusive. */
  readonly beginMs: number;
  readonly endMs: number;
  /** The search ends with what it has found when this says so: chains may be long. */
  readonly isOver: () => boolean;
  /** Takes the place of a message whose key has the hash. @returns whether the search has all it wants */
  readonly take: (physicalOffset: number) => Promise<boolean>;
  /** Told of an entry that is not what was written: the search of its file ends there. */
  readonly onDamage: (reason: string, entry: number, file: IndexFile) => void;
}

/**
 * Hands over places, the newest first; those of other keys of the same hash are among them.
 *
 * @returns whether the search has all it wants
 */
export async function searchIndexFile(
  file: IndexFile,
  writer: IndexWriter | undefined,
  search: IndexSearch,
): Promise<boolean> {
  const { keyHash, beginMs, endMs } = search;
  const { beginTimestampMs, nextEntry } = file.header;
  const slot = keyHash % file.size.slots;
  const chain = new Chain(file, writer);
  const { entry } = chain;
  let number = writer === undefined ? await file.slot(slot) : writer.slot(slot);
  if (number < 0 || (number >= nextEntry && file.isFull)) search.onDamage('slot', 0, file);
  while (number > 0 && number < nextEntry && !search.isOver()) {
    if (!chain.readNow(number)) await chain.read(number);
    const reason = damageOf(entry, number, slot, file);
    if (reason !== undefined) {
      // A file that was removed meanwhile reads as zero.
      if (!file.isRemoved) search.onDamage(reason, number, file);
      return false;
    }
    const storedMs = beginTimestampMs + entry.seconds * 1000;
    // Chains go back in time.
    if (storedMs < beginMs) return false;
    if (entry.keyHash === keyHash && storedMs <= endMs) {
      if (await search.take(entry.physicalOffset)) return true;
    }
    number = entry.previous;
  }
  return false;
}

/** Why an entry cannot be one of its slot's chain, which goes back in the file. */
// oxlint-disable-next-line max-params -- the entry and its place
function damageOf(
  entry: IndexEntry,
  number: number,
  slot: number,
  { size }: IndexFile,
): string | undefined {
  if (entry.keyHash < 0 || entry.keyHash % size.slots !== slot) return 'another slot’s entry';
  if (entry.seconds < 0) return 'time';
  if (entry.previous < 0 || entry.previous >= number) return 'chain';
  return undefined;
}

class Chain {
  readonly entry = new IndexEntry();
  readonly #file: IndexFile;
  readonly #writer: IndexWriter | undefined;
  readonly #window = Buffer.allocUnsafe(WINDOW_ENTRIES * INDEX_ENTRY_BYTES);
  #first = 0;
  #count = 0;

  constructor(file: IndexFile, writer: IndexWriter | undefined) {
    this.#file = file;
    this.#writer = writer;
  }

  /** Reads an entry that is in memory into {@link entry}. */
  readNow(number: number): boolean {
    const index = number - this.#first;
    if (index >= 0 && index < this.#count) {
      this.entry.readFrom(this.#window, index * INDEX_ENTRY_BYTES);
      return true;
    }
    return this.#writer?.readPending(number, this.entry) ?? false;
  }

  /** Reads an entry and those before it, which the chain is likely to lead to. */
  async read(number: number): Promise<void> {
    const first = Math.max(1, number - WINDOW_ENTRIES + 1);
    const bytes = (number - first + 1) * INDEX_ENTRY_BYTES;
    const read = await this.#file.read(this.#window, bytes, entryPosition(this.#file.size, first));
    // Of a file that was cut short.
    this.#window.fill(0, read, bytes);
    this.#first = first;
    this.#count = number - first + 1;
    this.entry.readFrom(this.#window, (number - first) * INDEX_ENTRY_BYTES);
  }
}
