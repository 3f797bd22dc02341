/**
 * Keeps away from brokers that were slow or failed, for as long as 5.x does; 4.x avoids a broker that
 * failed once for ten minutes.
 *
 * Source: MQFaultStrategy.java, LatencyFaultToleranceImpl.java.
 */
const LATENCIES_MS = [50, 100, 550, 1_800, 3_000, 5_000, 15_000];
const AVOIDED_MS = [0, 0, 2_000, 5_000, 6_000, 10_000, 30_000];
/** What a failure counts as. */
const FAILURE_LATENCY_MS = 10_000;

/** How long a broker is avoided after it took so long. */
export function avoidedMs(latencyMs: number): number {
  for (let index = LATENCIES_MS.length - 1; index >= 0; index--) {
    if (latencyMs >= (LATENCIES_MS[index] as number)) return AVOIDED_MS[index] as number;
  }
  return 0;
}

export class LatencyFaults {
  /** One entry for each broker that ever was slow. */
  readonly #availableFromMs = new Map<string, number>();

  /** Notes how long a broker took, or that it failed. What it is avoided for grows, and never shrinks. */
  note(brokerName: string, latencyMs: number | 'failed', nowMs: number): void {
    const avoided = avoidedMs(latencyMs === 'failed' ? FAILURE_LATENCY_MS : latencyMs);
    if (avoided === 0) return;
    const fromMs = this.#availableFromMs.get(brokerName) ?? 0;
    this.#availableFromMs.set(brokerName, Math.max(fromMs, nowMs + avoided));
  }

  isAvailable(brokerName: string, nowMs: number): boolean {
    return nowMs >= (this.#availableFromMs.get(brokerName) ?? 0);
  }
}
