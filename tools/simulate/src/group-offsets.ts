/**
 * Consumer groups and the database that keeps their offsets: what a kill and a power cut leave of it, as SQLite
 * does in WAL mode. A commit that is not synced survives a kill; a power cut takes the last of them, in order.
 */
import { type ConsumerOffsetsItem, offsetsAhead } from '@orbitmq/metadata';
import type { SeededRandom } from '@orbitmq/testkit';
import type { CrashKind, Entry, History } from './history.ts';
import { Violation } from './inspection.ts';

/** By topic, then by queue id. */
type Offsets = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** One consumer group: where it goes on, and what it has consumed. */
export class GroupOffsets {
  readonly name: string;
  readonly #consumed = new Set<Entry>();
  #offsets = new Map<string, Map<number, number>>();
  /** What a power cut may leave: the state that was synced last, and those written since. */
  #kept: Offsets[] = [new Map()];

  constructor(name: string) {
    this.name = name;
  }

  get(topic: string, queueId: number): number | undefined {
    return this.#offsets.get(topic)?.get(queueId);
  }

  /** The group has these messages, and goes on at `offset`. */
  consume(topic: string, queueId: number, entries: Iterable<Entry>, offset: number): void {
    for (const entry of entries) this.#consumed.add(entry);
    const ofTopic = this.#offsets.get(topic) ?? new Map<number, number>();
    ofTopic.set(queueId, offset);
    this.#offsets.set(topic, ofTopic);
  }

  /** A topic is deleted: its offsets are gone for good before its messages are. */
  forget(topic: string): void {
    this.#offsets.delete(topic);
    this.flush(true);
  }

  /** @param isSynced whether the commit is: that of a topic or a group syncs those before it along */
  flush(isSynced: boolean): void {
    const state = copyOf(this.#offsets);
    this.#kept = isSynced ? [state] : [...this.#kept, state];
  }

  crashed(kind: CrashKind, random: SeededRandom): void {
    const left = kind === 'kill' ? (this.#kept.at(-1) as Offsets) : random.pick(this.#kept);
    this.#offsets = copyOf(left);
    if (kind === 'power cut') this.#kept = [left];
  }

  /** As the broker does when it starts; for good, or an offset may come back when its queue has grown again. */
  correct(queueEnd: (topic: string, queueId: number) => number): void {
    for (const { topic, queueId, queueEnd: end } of offsetsAhead(this.#items(), queueEnd)) {
      this.#offsets.get(topic)?.set(queueId, end);
    }
    this.flush(true);
  }

  /** Every message that is owed was consumed, or will be. */
  check(history: History): void {
    for (const { topic, queueId, entries, sureFrom } of history.lives()) {
      const next = this.get(topic, queueId) ?? 0;
      for (const [offset, entry] of entries) {
        const isPassed = offset >= sureFrom && offset < next && history.isOwed(entry);
        if (isPassed && !this.#consumed.has(entry)) {
          throw new Violation(
            `${this.name} goes on at ${topic.slice(0, 8)}/${queueId}@${next} and never had ${offset}`,
          );
        }
      }
    }
  }

  *#items(): Iterable<ConsumerOffsetsItem> {
    for (const [topic, offsets] of this.#offsets) yield { topic, group: this.name, offsets };
  }
}

function copyOf(offsets: Offsets): Map<string, Map<number, number>> {
  return new Map([...offsets].map(([topic, queues]) => [topic, new Map(queues)]));
}
