/**
 * Compares the index with the log: each entry points at a record with such a key, and each key of a
 * record has its entry. Entries are in the log's order, so that both are read once, side by side.
 */
import { join } from 'node:path';
import type { Disk } from '@orbitmq/runtime';
import {
  INDEX_HEADER_BYTES,
  type IndexEntry,
  isIndexFileName,
  type ScannedRecord,
} from '@orbitmq/store';
import type { FindingLog } from '../finding.ts';
import { slotsOfSize } from '../index-slots.ts';
import { expectedKeyHashes } from './expected-entry.ts';
import { type IndexFilePlace, IndexFileWalk } from './index-file-walk.ts';
import type { LogBounds } from './queue-check.ts';

interface ExpectedKeys {
  readonly record: ScannedRecord;
  readonly hashes: number[];
}

export interface IndexCheckOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly findings: FindingLog;
  readonly wasOpen: boolean;
  /** The checkpoint's: after a crash, files that end later are thrown away by the next start. */
  readonly indexMsgTimestamp: number;
  /** `maxHashSlotNum`, when it is not a quarter of `maxIndexNum`. */
  readonly slots?: number | undefined;
}

export class IndexCheck {
  readonly #options: IndexCheckOptions;
  #files: IndexFilePlace[] = [];
  #fileIndex = 0;
  #walk: IndexFileWalk | undefined;
  #entry: IndexEntry | undefined;
  #entries = 0;
  #hasBegun = false;
  #batch: ExpectedKeys[] = [];
  /** Keys of records before the index's first entry and behind its last. */
  #before = 0;
  #behind = 0;

  constructor(options: IndexCheckOptions) {
    this.#options = options;
  }

  get entryCount(): number {
    return this.#entries;
  }

  get hasFiles(): boolean {
    return this.#files.length > 0;
  }

  async load(): Promise<void> {
    const { disk, directory, findings } = this.#options;
    const root = join(directory, 'index');
    const names = (await disk.list(root)).filter((each) => isIndexFileName(each.name));
    for (const { name } of names.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = join(root, name);
      const sizeBytes = (await disk.stat(path))?.sizeBytes ?? 0;
      const slots = this.#options.slots ?? slotsOfSize(sizeBytes);
      const subject = `index/${name}`;
      if (slots === undefined || sizeBytes < INDEX_HEADER_BYTES + slots * 4) {
        const text = `${sizeBytes} bytes are no index file's size; --index-slots tells of an unusual one`;
        findings.damage(subject, 'index-size', text);
      } else {
        this.#files.push({ path, subject, sizeBytes, slots });
      }
    }
    await this.#advance();
  }

  expect(record: ScannedRecord): void {
    const hashes = expectedKeyHashes(record);
    if (hashes.length > 0) this.#batch.push({ record, hashes });
  }

  /** Compares what was expected since the last call. @param minOffset where the log begins */
  async settle(minOffset: number): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    for (const expected of batch) await this.#compare(expected, minOffset);
  }

  async finish({ minOffset, endOffset }: LogBounds): Promise<void> {
    const { findings, wasOpen } = this.#options;
    while (this.#entry !== undefined) {
      if (wasOpen && this.#entry.physicalOffset >= endOffset) {
        findings.note(this.#subject, 'index-ahead', `${this.#says()}, behind the log's end`);
        await this.#advance();
      } else {
        await this.#passOver(minOffset);
      }
    }
    if (!this.hasFiles) return;
    if (this.#before > 0) {
      const text = `${this.#before} keys are of records older than the index`;
      findings.note('index', 'index-begins-late', text);
    }
    if (this.#behind > 0) {
      const text = `${this.#behind} keys are of records behind the index's end`;
      findings.note('index', 'index-behind', text);
    }
  }

  get #subject(): string {
    return this.#walk?.subject ?? 'index';
  }

  async #compare({ record, hashes }: ExpectedKeys, minOffset: number): Promise<void> {
    while (this.#entry !== undefined && this.#entry.physicalOffset < record.physicalOffset) {
      await this.#passOver(minOffset);
    }
    const missing = [...hashes];
    while (this.#entry?.physicalOffset === record.physicalOffset) {
      this.#hasBegun = true;
      const at = missing.indexOf(this.#entry.keyHash);
      if (at >= 0) missing.splice(at, 1);
      else this.#tellHash(this.#entry);
      this.#checkTime(this.#entry, record);
      if (!this.#advanceNow()) await this.#advance();
    }
    if (missing.length === 0) return;
    if (this.#entry === undefined) this.#behind += missing.length;
    else if (!this.#hasBegun) this.#before += missing.length;
    else this.#tellMissing(record, missing.length);
  }

  #tellHash(entry: IndexEntry): void {
    const text = `${this.#says()}; the record there has no key with the hash ${entry.keyHash}`;
    this.#options.findings.damage(this.#subject, 'index-key', text);
  }

  #tellMissing(record: ScannedRecord, count: number): void {
    const text = `${count} keys of the record at ${record.physicalOffset} are not in it`;
    this.#options.findings.damage(this.#subject, 'index-missing', text);
  }

  #checkTime(entry: IndexEntry, record: ScannedRecord): void {
    const begin = this.#walk?.header.beginTimestampMs ?? 0;
    const sinceBegin = Math.trunc((record.storeTimestampMs - begin) / 1000);
    const expected = Math.min(0x7fff_ffff, Math.max(0, sinceBegin));
    if (entry.seconds === expected) return;
    const text = `${this.#says()}, ${entry.seconds} s after the file's begin; its record is ${expected} s after it`;
    this.#options.findings.damage(this.#subject, 'index-time', text);
  }

  /** An entry that no record claimed: its record has expired, or there is none. */
  async #passOver(minOffset: number): Promise<void> {
    const entry = this.#entry as IndexEntry;
    if (entry.physicalOffset >= minOffset) {
      const text = `${this.#says()}; no record with keys is there`;
      this.#options.findings.damage(this.#subject, 'index-without-record', text);
    } else {
      this.#hasBegun = true;
    }
    await this.#advance();
  }

  #says(): string {
    return `an entry points at ${this.#entry?.physicalOffset}`;
  }

  /** @returns false when it takes reading */
  #advanceNow(): boolean {
    const next = this.#walk?.nextNow();
    if (next === undefined) return false;
    this.#entry = next;
    this.#entries++;
    return true;
  }

  async #advance(): Promise<void> {
    this.#entry = undefined;
    for (;;) {
      this.#walk ??= await this.#openNext();
      if (this.#walk === undefined) return;
      this.#entry = await this.#walk.next();
      if (this.#entry !== undefined) {
        this.#entries++;
        return;
      }
      await this.#walk.finish();
      await this.#walk.close();
      this.#walk = undefined;
    }
  }

  async #openNext(): Promise<IndexFileWalk | undefined> {
    const { disk, findings, wasOpen, indexMsgTimestamp } = this.#options;
    for (;;) {
      const place = this.#files[this.#fileIndex++];
      if (place === undefined) return undefined;
      const walk = await IndexFileWalk.open(disk, place, findings);
      if (!wasOpen || walk.header.endTimestampMs <= indexMsgTimestamp) return walk;
      await walk.close();
      const text = 'it was not finished when the store was left, and is not looked at';
      findings.note(place.subject, 'index-unfinished', text);
    }
  }
}
