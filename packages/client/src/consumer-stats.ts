/** What a consumer tells administrators about its topics. Source: ConsumerStatsManager.java. */
import type { ConsumeStatus } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A minute is looked at in steps of 10 s, an hour in steps of 5 min. */
const MINUTE_BUCKETS = 6;
const HOUR_BUCKETS = 12;

/** Sum of what was added during the last `spanMs`, to within one of its buckets. */
export class SlidingSum {
  readonly #bucketMs: number;
  readonly #sums: number[];
  readonly #starts: number[];

  constructor(spanMs: number, buckets: number) {
    this.#bucketMs = spanMs / buckets;
    this.#sums = Array.from({ length: buckets }, () => 0);
    this.#starts = Array.from({ length: buckets }, () => Number.NEGATIVE_INFINITY);
  }

  add(nowMs: number, value: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    const index = bucket % this.#sums.length;
    if (this.#starts[index] !== bucket) {
      this.#starts[index] = bucket;
      this.#sums[index] = 0;
    }
    this.#sums[index] = (this.#sums[index] as number) + value;
  }

  at(nowMs: number): number {
    const oldest = Math.floor(nowMs / this.#bucketMs) - this.#sums.length;
    return this.#sums.reduce((sum, value, index) => {
      return (this.#starts[index] as number) > oldest ? sum + value : sum;
    }, 0);
  }
}

function ofLastMinute(): SlidingSum {
  return new SlidingSum(MINUTE_MS, MINUTE_BUCKETS);
}

function ofLastHour(): SlidingSum {
  return new SlidingSum(HOUR_MS, HOUR_BUCKETS);
}

class TopicStats {
  readonly pulls = ofLastMinute();
  readonly pulledMessages = ofLastMinute();
  readonly pullMs = ofLastMinute();
  readonly consumed = ofLastMinute();
  readonly failed = ofLastMinute();
  readonly failedOfHour = ofLastHour();
  readonly calls = ofLastMinute();
  readonly callMs = ofLastMinute();
  readonly callsOfHour = ofLastHour();
  readonly callMsOfHour = ofLastHour();
}

/** Bounded by the topics that are consumed. */
export class ConsumerStats {
  readonly #clock: Clock;
  readonly #byTopic = new Map<string, TopicStats>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  onPulled(topic: string, messages: number, tookMs: number): void {
    const now = this.#clock.monotonicMs();
    const stats = this.#of(topic);
    stats.pulls.add(now, 1);
    stats.pulledMessages.add(now, messages);
    stats.pullMs.add(now, tookMs);
  }

  onConsumed(topic: string, consumed: number, failed: number, tookMs: number): void {
    const now = this.#clock.monotonicMs();
    const stats = this.#of(topic);
    stats.consumed.add(now, consumed);
    stats.failed.add(now, failed);
    stats.failedOfHour.add(now, failed);
    stats.calls.add(now, 1);
    stats.callMs.add(now, tookMs);
    stats.callsOfHour.add(now, 1);
    stats.callMsOfHour.add(now, tookMs);
  }

  /** Rates a second and mean times in milliseconds over the last minute; failures of the last hour. */
  status(topic: string): ConsumeStatus {
    const now = this.#clock.monotonicMs();
    const stats = this.#of(topic);
    const perSecond = (sum: SlidingSum): number => sum.at(now) / (MINUTE_MS / 1_000);
    const ofMinute = mean(stats.callMs.at(now), stats.calls.at(now));
    return {
      pullRT: mean(stats.pullMs.at(now), stats.pulls.at(now)),
      pullTPS: perSecond(stats.pulledMessages),
      consumeRT: ofMinute || mean(stats.callMsOfHour.at(now), stats.callsOfHour.at(now)),
      consumeOKTPS: perSecond(stats.consumed),
      consumeFailedTPS: perSecond(stats.failed),
      consumeFailedMsgs: stats.failedOfHour.at(now),
    };
  }

  #of(topic: string): TopicStats {
    let stats = this.#byTopic.get(topic);
    if (stats === undefined) {
      stats = new TopicStats();
      this.#byTopic.set(topic, stats);
    }
    return stats;
  }
}

function mean(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count;
}
