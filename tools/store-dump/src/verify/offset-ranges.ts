/** A set of offsets that are added mostly in order, kept as ranges. */
export class OffsetRanges {
  /** Start and end of each range, ascending: `[start, end)`. */
  readonly #ranges: { start: number; end: number }[] = [];

  add(offset: number): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && offset === last.end) {
      last.end++;
      return;
    }
    if (last === undefined || offset > last.end) {
      this.#ranges.push({ start: offset, end: offset + 1 });
      return;
    }
    if (this.has(offset)) return;
    const index = this.#ranges.findIndex(({ start }) => start > offset);
    this.#ranges.splice(index < 0 ? this.#ranges.length : index, 0, {
      start: offset,
      end: offset + 1,
    });
  }

  has(offset: number): boolean {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { start, end } = this.#ranges[middle] as { start: number; end: number };
      if (offset < start) high = middle;
      else if (offset >= end) low = middle + 1;
      else return true;
    }
    return false;
  }
}
