/**
 * How long stores took: distribution and percentiles of the last whole minute, and the longest since the start.
 *
 * Source: StoreStatsService.java.
 */

/** Upper bounds of the intervals that tools are told, milliseconds; the last one is open. */
const INTERVALS: readonly (readonly [label: string, belowMs: number])[] = [
  ['<=0ms', 1],
  ['0~10ms', 10],
  ['10~50ms', 50],
  ['50~100ms', 100],
  ['100~200ms', 200],
  ['200~500ms', 500],
  ['500ms~1s', 1_000],
  ['1~2s', 2_000],
  ['2~3s', 3_000],
  ['3~4s', 4_000],
  ['4~5s', 5_000],
  ['5~10s', 10_000],
  ['10s~', Number.POSITIVE_INFINITY],
];
/** One counter a millisecond; what takes longer counts as so long. */
const MAX_COUNTED_MS = 10_000;
const WINDOW_MS = 60_000;

export class PutTimes {
  #current = emptyCounts();
  #last: Uint32Array | undefined;
  #windowStartMs: number;
  #maxMs = 0;

  /** @param nowMs on the clock of {@link add} */
  constructor(nowMs: number) {
    this.#windowStartMs = nowMs;
  }

  /** The longest since the start, milliseconds. */
  get maxMs(): number {
    return this.#maxMs;
  }

  /** @param elapsedMs how long each of these took */
  add(messages: number, elapsedMs: number, nowMs: number): void {
    this.#roll(nowMs);
    const whole = Math.max(0, Math.round(elapsedMs));
    const at = Math.min(whole, MAX_COUNTED_MS);
    this.#current[at] = (this.#current[at] as number) + messages;
    this.#maxMs = Math.max(this.#maxMs, whole);
  }

  /** `[<=0ms]:12 [0~10ms]:3 ...` of the last whole minute; undefined in the first one. */
  distribution(nowMs: number): string | undefined {
    this.#roll(nowMs);
    const counts = this.#last;
    if (counts === undefined) return undefined;
    let from = 0;
    return INTERVALS.map(([label, belowMs]) => {
      const to = Math.min(belowMs, counts.length);
      const count = sum(counts.subarray(from, to));
      from = to;
      return `[${label}]:${count} `;
    }).join('');
  }

  /** The time that this share of the last whole minute's stores did not exceed, milliseconds; 0 without any. */
  percentileMs(share: number, nowMs: number): number {
    this.#roll(nowMs);
    const counts = this.#last ?? this.#current;
    const wanted = sum(counts) * share;
    let seen = 0;
    for (const [ms, count] of counts.entries()) {
      seen += count;
      if (seen > 0 && seen >= wanted) return ms;
    }
    return 0;
  }

  #roll(nowMs: number): void {
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < WINDOW_MS) return;
    // A minute in which nothing was asked or counted has gone by with nothing in it.
    this.#last = elapsedMs < 2 * WINDOW_MS ? this.#current : emptyCounts();
    this.#current = emptyCounts();
    this.#windowStartMs += Math.floor(elapsedMs / WINDOW_MS) * WINDOW_MS;
  }
}

function emptyCounts(): Uint32Array {
  return new Uint32Array(MAX_COUNTED_MS + 1);
}

function sum(counts: Uint32Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
