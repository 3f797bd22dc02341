/**
 * What a store was told, and what it owes: the model that its answers are compared with. Knows nothing of
 * files; offsets are those that the store gave.
 */

import { decodeProperties } from '@orbitmq/protocol';

/** A message as it was appended. */
export interface Entry {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  /** Behind its record. */
  readonly endOffset: number;
  readonly body: Buffer;
  readonly properties: string;
  readonly tagsCode: number;
  /** When it was appended, milliseconds since the epoch. */
  readonly appendedMs: number;
}

/** A queue from its making to the deletion of its topic. */
export interface Life {
  readonly topic: string;
  readonly queueId: number;
  /** By queue offset. */
  readonly entries: Map<number, Entry>;
  /** From here on every message has to be there; infinite when the topic was deleted. */
  sureFrom: number;
}

export type CrashKind = 'kill' | 'power cut';

export class History {
  /** Messages that may be in the log, in its order. */
  #entries: Entry[] = [];
  readonly #byOffset = new Map<number, Entry>();
  readonly #lives = new Map<string, Life>();
  /** Taken back: nothing from here on was acknowledged; a crash may yet bring it back. */
  #takenBackFrom = Number.POSITIVE_INFINITY;
  /** Everything before survives a kill. */
  writtenEnd = 0;
  /** Everything before survives a power cut. */
  syncedEnd = 0;
  /** Files of messages before it were removed for their age, or for want of room; a power cut may bring them back. */
  #removedBefore = 0;

  get length(): number {
    return this.#entries.length;
  }

  /** Messages of a topic with a key, also of queues that are deleted: the log still has them. */
  withKey(topic: string, key: string): Entry[] {
    return this.#entries.filter(
      (entry) => entry.topic === topic && keysOf(entry.properties).includes(key),
    );
  }

  lives(): Iterable<Life> {
    return this.#lives.values();
  }

  life(topic: string, queueId: number): Life | undefined {
    return this.#lives.get(`${topic}/${queueId}`);
  }

  entryAt(physicalOffset: number): Entry | undefined {
    return this.#byOffset.get(physicalOffset);
  }

  /**
   * Whether a queue had a message of that offset before a place in the log. It may be of an earlier life of the
   * queue, which shows again when the deletion of its topic did not come to its end.
   */
  hadBefore(physicalOffset: number, { topic, queueId }: Life, queueOffset: number): boolean {
    return this.#entries.some(
      (entry) =>
        entry.physicalOffset < physicalOffset &&
        entry.topic === topic &&
        entry.queueId === queueId &&
        entry.queueOffset === queueOffset,
    );
  }

  /** Where the log begins, as far as removed files do not come back. */
  get removedBefore(): number {
    return this.#removedBefore;
  }

  /** Whether the message has to be in the log: a file that was removed may be gone or not. */
  isOwed(entry: Entry): boolean {
    return entry.physicalOffset >= this.#removedBefore;
  }

  /** @returns messages that the files were removed with */
  removed(beforeOffset: number): Entry[] {
    const from = this.#removedBefore;
    this.#removedBefore = Math.max(from, beforeOffset);
    return this.#entries.filter(
      ({ physicalOffset }) => physicalOffset >= from && physicalOffset < beforeOffset,
    );
  }

  /** Queues without messages are about to be removed; they may begin again at 0, or go on. */
  removingExpiredQueues(): void {
    for (const life of this.#lives.values()) {
      const entries = [...life.entries.values()];
      // Those that are not written may be taken back.
      const written = entries.filter(({ physicalOffset }) => physicalOffset < this.writtenEnd);
      if (written.some((entry) => this.isOwed(entry))) continue;
      for (const { queueOffset } of written) life.entries.delete(queueOffset);
      life.sureFrom = Math.min(Number.POSITIVE_INFINITY, ...life.entries.keys());
    }
  }

  appended(entry: Entry): void {
    if (this.#takenBackFrom < Number.POSITIVE_INFINITY) this.#forgetFrom(this.#takenBackFrom);
    this.#entries.push(entry);
    this.#byOffset.set(entry.physicalOffset, entry);
    const key = `${entry.topic}/${entry.queueId}`;
    let life = this.#lives.get(key);
    if (
      life === undefined ||
      (life.sureFrom === Number.POSITIVE_INFINITY && entry.queueOffset === 0)
    ) {
      const { topic, queueId } = entry;
      life = { topic, queueId, entries: new Map(), sureFrom: 0 };
      this.#lives.set(key, life);
    }
    life.sureFrom = Math.min(life.sureFrom, entry.queueOffset);
    for (const offset of life.entries.keys()) {
      // Of a topic whose deletion did not come to its end: what it had there is gone.
      if (offset >= entry.queueOffset) life.entries.delete(offset);
    }
    life.entries.set(entry.queueOffset, entry);
  }

  takenBack(fromOffset: number): void {
    this.#takenBackFrom = Math.min(this.#takenBackFrom, fromOffset);
  }

  /** The deletion of a topic begins: from now on its messages may be there or not. */
  deleting(topic: string): void {
    for (const life of this.#lives.values()) {
      if (life.topic === topic) life.sureFrom = Number.POSITIVE_INFINITY;
    }
  }

  /** What is before `writtenEnd` afterwards is owed. */
  crashed(kind: CrashKind): void {
    if (kind === 'power cut') this.writtenEnd = this.syncedEnd;
  }

  /** A store was opened whose log ends at `endOffset`. */
  reopened(endOffset: number): void {
    this.#forgetFrom(endOffset);
    this.writtenEnd = endOffset;
  }

  /** Where the last message's record ends; 0 when there is none. */
  get lastEnd(): number {
    return this.#entries.at(-1)?.endOffset ?? 0;
  }

  #forgetFrom(offset: number): void {
    this.#takenBackFrom = Number.POSITIVE_INFINITY;
    for (let last = this.#entries.at(-1); last !== undefined; last = this.#entries.at(-1)) {
      if (last.endOffset <= offset) return;
      this.#entries.pop();
      this.#byOffset.delete(last.physicalOffset);
      const life = this.life(last.topic, last.queueId);
      if (life?.entries.get(last.queueOffset) === last) life.entries.delete(last.queueOffset);
      // What an earlier life of the queue had may show again.
      if (life?.entries.size === 0) life.sureFrom = Number.POSITIVE_INFINITY;
    }
  }
}

function keysOf(properties: string): readonly string[] {
  return decodeProperties(properties)['KEYS']?.split(' ') ?? [];
}
