/** Rates of a running counter over the last 10, 60 and 600 s. Source: StoreStatsService.java. */

/** One sample a second: enough for the longest span. */
const MAX_SAMPLES = 601;
const SPANS = [10, 60, 600] as const;

interface Sample {
  readonly timeMs: number;
  readonly value: number;
}

export class RateSeries {
  readonly #samples: Sample[] = [];

  /** To be called every second. */
  sample(timeMs: number, value: number): void {
    this.#samples.push({ timeMs, value });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** Per second over the last `seconds`; over less while there is no longer past, 0 without any. */
  perSecond(seconds: number): number {
    const last = this.#samples.at(-1);
    const first = this.#samples[Math.max(0, this.#samples.length - 1 - seconds)];
    if (last === undefined || first === undefined || last.timeMs <= first.timeMs) return 0;
    return ((last.value - first.value) * 1000) / (last.timeMs - first.timeMs);
  }

  /** The three rates, separated by blanks. */
  text(): string {
    return SPANS.map((seconds) => String(this.perSecond(seconds))).join(' ');
  }

  static sumText(left: RateSeries, right: RateSeries): string {
    return SPANS.map((seconds) => String(left.perSecond(seconds) + right.perSecond(seconds))).join(
      ' ',
    );
  }
}
