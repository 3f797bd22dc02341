import type { DayTotals } from './runtime-info.ts';

/** Messages put and got since the start. */
export interface Totals {
  readonly put: number;
  readonly got: number;
}

/** Remembers the totals at each local midnight. Source: BrokerStats.java. */
export class DayRecorder {
  #day: string;
  #yesterday: Totals = { put: 0, got: 0 };
  #today: Totals = { put: 0, got: 0 };

  constructor(nowMs: number) {
    this.#day = dayOf(nowMs);
  }

  /** To be called often; notes the totals when a day has begun. */
  onTick(nowMs: number, totals: Totals): void {
    const day = dayOf(nowMs);
    if (day === this.#day) return;
    this.#day = day;
    this.#yesterday = this.#today;
    this.#today = totals;
  }

  totals(now: Totals): DayTotals {
    return {
      putYesterdayMorning: this.#yesterday.put,
      putTodayMorning: this.#today.put,
      putNow: now.put,
      gotYesterdayMorning: this.#yesterday.got,
      gotTodayMorning: this.#today.got,
      gotNow: now.got,
    };
  }
}

/** The local date. */
function dayOf(timeMs: number): string {
  return new Date(timeMs).toDateString();
}
