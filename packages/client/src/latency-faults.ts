/** Keeps away from brokers that were slow or failed. Source: MQFaultStrategy.java, LatencyFaultToleranceImpl.java. */
const LATENCIES_MS = [50, 100, 550, 1000, 2000, 3000, 15_000];
const AVOIDED_MS = [0, 0, 30_000, 60_000, 120_000, 180_000, 600_000];
/** What a failure counts as. */
const FAILURE_LATENCY_MS = 30_000;

/** How long a broker is avoided after it took so long. */
export function avoidedMs(latencyMs: number): number {
  for (let index = LATENCIES_MS.length - 1; index >= 0; index--) {
    if (latencyMs >= (LATENCIES_MS[index] as number)) return AVOIDED_MS[index] as number;
  }
  return 0;
}

export class LatencyFaults {
  readonly #availableFromMs = new Map<string, number>();

  /** Notes how long a broker took, or that it failed. */
  note(brokerName: string, latencyMs: number | 'failed', nowMs: number): void {
    const avoided = avoidedMs(latencyMs === 'failed' ? FAILURE_LATENCY_MS : latencyMs);
    if (avoided === 0) this.#availableFromMs.delete(brokerName);
    else this.#availableFromMs.set(brokerName, nowMs + avoided);
  }

  isAvailable(brokerName: string, nowMs: number): boolean {
    return nowMs >= (this.#availableFromMs.get(brokerName) ?? 0);
  }
}
