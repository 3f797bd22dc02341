/**
 * One counted thing and its past: a running sum and number of calls, sampled every 10 s for the last
 * minute, every 10 min for the last hour, every hour for the last day.
 *
 * Source: StatsItem.java.
 */

export interface StatsSnapshot {
  readonly sum: number;
  /** Per second. */
  readonly tps: number;
  /** Sum per call. */
  readonly avgpt: number;
}

interface Sample {
  readonly timeMs: number;
  readonly sum: number;
  readonly times: number;
}

export const SECONDS_SAMPLE_PERIOD_MS = 10_000;
export const MINUTES_SAMPLE_PERIOD_MS = 10 * 60_000;
export const HOURS_SAMPLE_PERIOD_MS = 60 * 60_000;
const MINUTE_SAMPLES = 7;
const HOUR_SAMPLES = 7;
const DAY_SAMPLES = 25;

export class StatsItem {
  sum = 0;
  times = 0;
  readonly #minute: Sample[] = [];
  readonly #hour: Sample[] = [];
  readonly #day: Sample[] = [];

  add(value: number, times: number): void {
    this.sum += value;
    this.times += times;
  }

  sampleSeconds(nowMs: number): void {
    this.#sample(this.#minute, nowMs, SECONDS_SAMPLE_PERIOD_MS, MINUTE_SAMPLES);
  }

  sampleMinutes(nowMs: number): void {
    this.#sample(this.#hour, nowMs, MINUTES_SAMPLE_PERIOD_MS, HOUR_SAMPLES);
  }

  sampleHours(nowMs: number): void {
    this.#sample(this.#day, nowMs, HOURS_SAMPLE_PERIOD_MS, DAY_SAMPLES);
  }

  lastMinute(): StatsSnapshot {
    return snapshot(this.#minute);
  }

  lastHour(): StatsSnapshot {
    return snapshot(this.#hour);
  }

  lastDay(): StatsSnapshot {
    return snapshot(this.#day);
  }

  /** The first sample is preceded by an empty one, so that what came before it counts. */
  #sample(samples: Sample[], timeMs: number, periodMs: number, maxSamples: number): void {
    if (samples.length === 0) samples.push({ timeMs: timeMs - periodMs, sum: 0, times: 0 });
    samples.push({ timeMs, sum: this.sum, times: this.times });
    if (samples.length > maxSamples) samples.shift();
  }
}

function snapshot(samples: readonly Sample[]): StatsSnapshot {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return { sum: 0, tps: 0, avgpt: 0 };
  const sum = last.sum - first.sum;
  const times = last.times - first.times;
  const spanMs = last.timeMs - first.timeMs;
  return {
    sum,
    tps: spanMs > 0 ? (sum * 1000) / spanMs : 0,
    avgpt: times > 0 ? sum / times : 0,
  };
}
