import type { StatsItem } from './stats-item.ts';

export interface GroupReadItems {
  readonly nums: StatsItem;
  readonly size: StatsItem;
  /** Of all groups. */
  readonly broker: StatsItem;
  /** Milliseconds a pull of this queue took. */
  latency(queueId: number): StatsItem;
}

/** What one group got of one topic, and how far it has pulled; found once a pull. Kept in memory alone. */
export class GroupReads {
  readonly #items: GroupReadItems;
  readonly #latencies: StatsItem[] = [];
  readonly #pulledOffsets: number[] = [];

  constructor(items: GroupReadItems) {
    this.#items = items;
  }

  /**
   * Counts a pull that was answered with messages.
   *
   * @param elapsedMs from its arrival, or the moment it was woken, to its answer
   * @param nextOffset where the group goes on
   */
  // oxlint-disable-next-line max-params -- one call a pull: an object would be garbage
  count(
    queueId: number,
    messages: number,
    bytes: number,
    elapsedMs: number,
    nextOffset: number,
  ): void {
    const { nums, size, broker } = this.#items;
    nums.add(messages, 1);
    size.add(bytes, 1);
    // The reference counts no calls for the broker.
    broker.add(messages, 0);
    this.#latencies[queueId] ??= this.#items.latency(queueId);
    // Whole milliseconds, as readers expect them.
    this.#latencies[queueId].add(Math.round(elapsedMs), 1);
    this.#pulledOffsets[queueId] = nextOffset;
  }

  pulledOffset(queueId: number): number | undefined {
    return this.#pulledOffsets[queueId];
  }
}
