/**
 * Compares consume queues with the log in both directions: each record has its entry, and each entry
 * its record.
 *
 * Records come in the log's order, which is also each queue's own, so that both are read once from front
 * to end. Memory: the entries of one buffer of the log, and per queue the ranges that were matched.
 */
import { join } from 'node:path';
import type { Disk } from '@orbitmq/runtime';
import { QueueEntry } from '@orbitmq/store';
import type { FindingLog } from '../finding.ts';
import { listSegments, segmentProblems } from '../segment-list.ts';
import { BLANK_ENTRY_SIZE, EntryFiles } from './entry-files.ts';
import { type ExpectedEntry, isExtAddress } from './expected-entry.ts';
import type { LogPlaces } from './log-place.ts';
import { OffsetRanges } from './offset-ranges.ts';

export interface LogBounds {
  readonly minOffset: number;
  readonly endOffset: number;
}

interface CheckedQueue {
  readonly subject: string;
  readonly topic: string;
  readonly queueId: number;
  readonly entries: EntryFiles;
  readonly matched: OffsetRanges;
  /** Records whose entry is not there. */
  missing: { readonly firstOffset: number; count: number } | undefined;
  batch: ExpectedEntry[];
}

export interface QueueCheckOptions {
  readonly disk: Disk;
  /** The store's directory. */
  readonly directory: string;
  readonly findings: FindingLog;
  readonly places: LogPlaces;
  /** The store was not closed: a start will fill the queues' ends and cut what is ahead of the log. */
  readonly wasOpen: boolean;
}

/** Each has a file open and 64 KiB in memory: 16 MiB. */
const MAX_OPEN_QUEUES = 256;

export class QueueCheck {
  readonly #options: QueueCheckOptions;
  readonly #queues = new Map<string, CheckedQueue>();
  readonly #touched = new Set<CheckedQueue>();
  /** Queues with an open file, the one that was not read for longest first. */
  readonly #open = new Set<CheckedQueue>();
  #entries = 0;

  constructor(options: QueueCheckOptions) {
    this.#options = options;
  }

  get queueCount(): number {
    return this.#queues.size;
  }

  /** Entries that hold something. */
  get entryCount(): number {
    return this.#entries;
  }

  /** Finds all queues and looks at their files' sizes and places. */
  async load(): Promise<void> {
    const { disk, directory, findings } = this.#options;
    const root = join(directory, 'consumequeue');
    for (const topic of await disk.list(root)) {
      if (!topic.isDirectory) continue;
      for (const { name, isDirectory } of await disk.list(join(root, topic.name))) {
        if (!isDirectory || !/^\d{1,9}$/.test(name)) continue;
        const files = await listSegments(disk, [join(root, topic.name, name)]);
        const subject = `consumequeue/${topic.name}/${name}`;
        for (const { file, code, text } of segmentProblems(files)) {
          findings.damage(`${subject}/${file.path.slice(-20)}`, `queue-${code}`, text);
        }
        const queue = this.#queue(topic.name, Number(name));
        await queue.entries.take(files);
      }
    }
  }

  /** Takes what a record's entry must be. The comparison follows in {@link settle}. */
  expect(entry: ExpectedEntry): void {
    const queue = this.#queue(entry.topic, entry.queueId);
    queue.batch.push(entry);
    this.#touched.add(queue);
  }

  /** Compares what was expected since the last call. */
  async settle(): Promise<void> {
    for (const queue of this.#touched) {
      const { batch } = queue;
      queue.batch = [];
      const entry = new QueueEntry();
      for (const expected of batch) {
        const { queueOffset } = expected;
        const { entries } = queue;
        const isThere =
          entries.readNow(queueOffset, entry) || (await entries.read(queueOffset, entry));
        if (isThere && entry.sizeBytes !== 0) this.#compare(queue, expected, entry);
        else this.#miss(queue, queueOffset);
      }
      await this.#keepOpen(queue);
    }
    this.#touched.clear();
  }

  /** Goes through all entries, looking for those that no record claimed. */
  async finish(log: LogBounds): Promise<void> {
    for (const queue of this.#queues.values()) {
      this.#tellMissing(queue);
      await this.#walk(queue, log);
      await queue.entries.close();
    }
  }

  /** Closes what was not read for longest. */
  async #keepOpen(queue: CheckedQueue): Promise<void> {
    this.#open.delete(queue);
    this.#open.add(queue);
    const [oldest] = this.#open;
    if (this.#open.size <= MAX_OPEN_QUEUES || oldest === undefined) return;
    this.#open.delete(oldest);
    await oldest.entries.close();
  }

  #queue(topic: string, queueId: number): CheckedQueue {
    const subject = `consumequeue/${topic}/${queueId}`;
    let queue = this.#queues.get(subject);
    if (queue === undefined) {
      const entries = new EntryFiles(this.#options.disk);
      const matched = new OffsetRanges();
      queue = { subject, topic, queueId, entries, matched, missing: undefined, batch: [] };
      this.#queues.set(subject, queue);
    }
    return queue;
  }

  #miss(queue: CheckedQueue, queueOffset: number): void {
    queue.missing ??= { firstOffset: queueOffset, count: 0 };
    queue.missing.count++;
  }

  #compare(queue: CheckedQueue, expected: ExpectedEntry, entry: QueueEntry): void {
    const { queueOffset, physicalOffset, sizeBytes } = expected;
    queue.matched.add(queueOffset);
    const isPlaceRight = entry.physicalOffset === physicalOffset && entry.sizeBytes === sizeBytes;
    const isTagRight = isTagsCodeRight(entry.tagsCode, expected);
    if (isPlaceRight && isTagRight) return;
    this.#options.findings.damage(
      queue.subject,
      isPlaceRight ? 'entry-tags-code' : 'entry-place',
      `entry ${queueOffset} says ${entryText(entry)}; its record is at ${physicalOffset}, ` +
        `${sizeBytes} bytes, tags code ${tagsCodeText(expected)}`,
    );
  }

  #tellMissing({ subject, entries, missing }: CheckedQueue): void {
    if (missing === undefined) return;
    const { findings, wasOpen } = this.#options;
    const { firstOffset, count } = missing;
    const text = `${count} records of the log have no entry, the first is message ${firstOffset}`;
    const isAtEnd = firstOffset >= entries.endOffset;
    if (wasOpen && isAtEnd) findings.note(subject, 'entries-behind', `${text}; a start adds them`);
    else findings.damage(subject, 'entries-missing', text);
  }

  async #walk(queue: CheckedQueue, log: LogBounds): Promise<void> {
    const entry = new QueueEntry();
    let lastPhysical = -1;
    let holeAt: number | undefined;
    for (let offset = queue.entries.minOffset; offset < queue.entries.endOffset; offset++) {
      const isRead =
        queue.entries.readNow(offset, entry) || (await queue.entries.read(offset, entry));
      if (!isRead) continue;
      const isBlank = entry.physicalOffset === 0 && entry.sizeBytes === BLANK_ENTRY_SIZE;
      if (entry.sizeBytes <= 0 || (isBlank && lastPhysical >= 0)) {
        holeAt ??= offset;
        continue;
      }
      if (isBlank) continue;
      this.#entries++;
      if (holeAt !== undefined) {
        const text = `entries ${holeAt} to ${offset - 1} are empty, and there are more behind them`;
        this.#options.findings.damage(queue.subject, 'entry-hole', text);
        holeAt = undefined;
      }
      if (entry.physicalOffset <= lastPhysical) this.#tellOrder(queue, offset, entry, lastPhysical);
      lastPhysical = entry.physicalOffset;
      if (!queue.matched.has(offset)) await this.#judgeUnclaimed(queue, offset, entry, log);
    }
  }

  // oxlint-disable-next-line max-params -- what is known of one entry
  #tellOrder(queue: CheckedQueue, offset: number, entry: QueueEntry, lastPhysical: number): void {
    const text = `entry ${offset} points at ${entry.physicalOffset}, the one before it at ${lastPhysical}`;
    this.#options.findings.damage(queue.subject, 'entry-order', text);
  }

  // oxlint-disable-next-line max-params -- what is known of one entry
  async #judgeUnclaimed(
    queue: CheckedQueue,
    offset: number,
    entry: QueueEntry,
    log: LogBounds,
  ): Promise<void> {
    const { findings, places, wasOpen } = this.#options;
    // Its file was deleted when it expired.
    if (entry.physicalOffset < log.minOffset) return;
    const says = `entry ${offset} says ${entryText(entry)}`;
    if (entry.physicalOffset >= log.endOffset && wasOpen) {
      const text = `${says}, behind the log's end at ${log.endOffset}; a start cuts it off`;
      findings.note(queue.subject, 'entry-ahead', text);
      return;
    }
    const place = await places.at(entry.physicalOffset);
    const stands =
      place.kind === 'none'
        ? place.text
        : `message ${place.record.queueOffset} of ${place.record.topic}/${place.record.queueId} is there`;
    findings.damage(queue.subject, 'entry-without-record', `${says}: ${stands}`);
  }
}

function isTagsCodeRight(tagsCode: number, { tagsCode: expected }: ExpectedEntry): boolean {
  if (isExtAddress(tagsCode)) return true;
  return 'exactly' in expected ? tagsCode === expected.exactly : tagsCode >= expected.atLeast;
}

function tagsCodeText({ tagsCode }: ExpectedEntry): string {
  return 'exactly' in tagsCode ? String(tagsCode.exactly) : `of ${tagsCode.atLeast} or later`;
}

function entryText({ physicalOffset, sizeBytes, tagsCode }: QueueEntry): string {
  return `${physicalOffset}, ${sizeBytes} bytes, tags code ${tagsCode}`;
}
