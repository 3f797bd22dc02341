/** Op messages that are looked at together: what a start reads again is at most so many more than it must. */
const GROUP_OPS = 256;

interface OpGroup {
  /** Queue offsets `[start, end)` of the op queue. */
  readonly start: number;
  end: number;
  /** Highest offset in the half queue that one of them settles. */
  maxHalfOffset: number;
}

/**
 * How far the op queue is used up. An op message is when the half messages it settles lie before
 * everything unsettled: it will not be asked for any more. Only groups of ops are remembered, which
 * takes a few hundred bytes for each ten thousand.
 */
export class OpProgress {
  readonly #groups: OpGroup[] = [];
  #done: number;

  /** @param done everything in the op queue before this offset is used up */
  constructor(done: number) {
    this.#done = done;
  }

  /** Notes an op message; calls come in the op queue's order. */
  note(opOffset: number, halfOffset: number): void {
    const last = this.#groups.at(-1);
    if (last === undefined || last.end - last.start >= GROUP_OPS) {
      this.#groups.push({ start: opOffset, end: opOffset + 1, maxHalfOffset: halfOffset });
      return;
    }
    last.end = Math.max(last.end, opOffset + 1);
    last.maxHalfOffset = Math.max(last.maxHalfOffset, halfOffset);
  }

  /** First op that may still be needed when every half message before `halfBase` is settled. */
  doneUpTo(halfBase: number): number {
    let used = 0;
    for (const group of this.#groups) {
      if (group.maxHalfOffset >= halfBase) break;
      this.#done = group.end;
      used++;
    }
    if (used > 0) this.#groups.splice(0, used);
    return this.#done;
  }
}
