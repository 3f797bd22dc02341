import type { Logger } from '@orbitmq/kernel';
import type { StoreCounters } from './store-counters.ts';

/** Places of damage that are remembered, so that each is logged once; more are only counted. */
const MAX_REMEMBERED = 1024;

/** Where a reader found something else than was written. */
export interface DamagedPlace {
  /** The record's place in the log as its reader knows it, bytes. */
  readonly physicalOffset: number;
  /** What the reader thinks its size is. */
  readonly sizeBytes?: number | undefined;
  /** The queue whose entry pointed there, and its number; absent when no entry did. */
  readonly queue?: string | undefined;
  readonly queueOffset?: number | undefined;
  /** What did not fit: a part of the record, its entry, or that the record is another queue's. */
  readonly reason: string;
}

/** Where a search of the key index found what was not written. */
export interface DamagedIndexEntry {
  /** The file's name. */
  readonly file: string;
  /** Number of the entry; 0 for a slot that leads to none. */
  readonly entry: number;
  readonly reason: string;
}

/**
 * Tells of damage that readers meet: one line for each place, however often it is read, and a counter. What
 * is damaged is never served; who reads in order goes on behind it.
 */
export class DamageReports {
  readonly #log: Logger;
  readonly #counters: Pick<StoreCounters, 'damagedReads'>;
  readonly #known = new Set<string>();

  constructor(log: Logger, counters: Pick<StoreCounters, 'damagedReads'>) {
    this.#log = log;
    this.#counters = counters;
  }

  report(place: DamagedPlace): void {
    const name = `${place.queue ?? ''}@${place.queueOffset ?? place.physicalOffset}`;
    this.#tell(name, place, 'a stored message is damaged and left out');
  }

  reportIndex(place: DamagedIndexEntry): void {
    const { file, entry } = place;
    const message = 'the key index is damaged: messages may not be found by their keys';
    this.#tell(`${file}#${entry}`, place, message);
  }

  reportFile(file: { readonly path: string; readonly reason: string }, message: string): void {
    this.#tell(file.path, file, message);
  }

  #tell(name: string, fields: object, message: string): void {
    this.#counters.damagedReads++;
    if (this.#known.has(name) || this.#known.size > MAX_REMEMBERED) return;
    this.#known.add(name);
    if (this.#known.size > MAX_REMEMBERED) {
      this.#log.error({ places: MAX_REMEMBERED }, 'more damage is counted, not logged');
      return;
    }
    this.#log.error({ ...fields }, message);
  }
}
