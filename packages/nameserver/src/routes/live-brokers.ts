import type { DataVersion } from '@orbitmq/protocol';

/** What a broker's last sign of life said. Source: BrokerLiveInfo.java. */
export interface LiveBroker {
  readonly clusterName: string;
  /** By which it is known: one broker stands behind an address at a time. */
  readonly brokerAddr: string;
  readonly brokerName: string;
  readonly brokerId: number;
  /** Of the topics it registered. */
  readonly dataVersion: DataVersion;
  readonly haServerAddr: string;
  /** Without a sign of life for so long it counts as gone. */
  readonly timeoutMs: number;
  /** Connection of its last registration; when that closes, the broker is gone. */
  readonly connectionId: number;
  /** Of the last sign of life, on the clock's monotonic scale. */
  lastSeenMs: number;
}

/** Brokers that gave a sign of life, by address and by connection. */
export class LiveBrokers {
  readonly #byAddress = new Map<string, LiveBroker>();
  readonly #byConnection = new Map<number, Set<LiveBroker>>();

  get size(): number {
    return this.#byAddress.size;
  }

  get(brokerAddr: string): LiveBroker | undefined {
    return this.#byAddress.get(brokerAddr);
  }

  put(broker: LiveBroker): void {
    this.remove(broker.brokerAddr);
    this.#byAddress.set(broker.brokerAddr, broker);
    const others = this.#byConnection.get(broker.connectionId);
    if (others === undefined) this.#byConnection.set(broker.connectionId, new Set([broker]));
    else others.add(broker);
  }

  remove(brokerAddr: string): void {
    const broker = this.#byAddress.get(brokerAddr);
    if (broker === undefined) return;
    this.#byAddress.delete(brokerAddr);
    const others = this.#byConnection.get(broker.connectionId);
    others?.delete(broker);
    if (others?.size === 0) this.#byConnection.delete(broker.connectionId);
  }

  ofConnection(connectionId: number): LiveBroker[] {
    return [...(this.#byConnection.get(connectionId) ?? [])];
  }

  /** Brokers whose last sign of life is older than they promised. */
  silentAt(nowMs: number): LiveBroker[] {
    const silent: LiveBroker[] = [];
    for (const broker of this.#byAddress.values()) {
      if (nowMs - broker.lastSeenMs > broker.timeoutMs) silent.push(broker);
    }
    return silent;
  }
}
