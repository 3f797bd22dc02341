/** Keeps queues of orderly consumers to one member of the group at a time. Source: RebalanceImpl.java (lock, unlock, lockAll). */
import { toError } from '@orbitmq/kernel';
import {
  lockBatchMq,
  parseLockBatchResponseBody,
  printLockBatchRequestBody,
  unlockBatchMq,
} from '@orbitmq/protocol';
import type { ClientCore } from './client-core.ts';
import type { MessageQueue } from './message.ts';
import { queueKey } from './queue-order.ts';
import { masterAddress } from './routes.ts';

/** How often leases are renewed, first after {@link FIRST_RENEWAL_MS}. */
export const RENEWAL_MS = 20_000;
export const FIRST_RENEWAL_MS = 1_000;
/** A broker whose connection was lost is asked at once, and again so soon until it answers. */
export const DOUBT_RENEWAL_MS = 500;
/** Without renewal a lease is over for us; for the broker after 60 s, so that both never hold it. */
const LEASE_MS = 30_000;
const TIMEOUT_MS = 1_000;

interface Lease {
  readonly queue: MessageQueue;
  /** By a clock that never goes back. */
  readonly grantedMs: number;
  isDoubtful: boolean;
}

/** Leases of this member; bounded by the queues that it holds. */
export class QueueLocks {
  readonly #core: ClientCore;
  readonly #group: string;
  readonly #leases = new Map<string, Lease>();

  constructor(core: ClientCore, group: string) {
    this.#core = core;
    this.#group = group;
  }

  /** Whether nobody else can have the queue now. */
  isHeld(queue: MessageQueue): boolean {
    const lease = this.#leases.get(queueKey(queue));
    return lease !== undefined && this.#core.clock.monotonicMs() - lease.grantedMs < LEASE_MS;
  }

  /** Whether the broker may have forgotten the lease: nothing of the queue is to begin before it was asked. */
  isDoubtful(queue: MessageQueue): boolean {
    return this.#leases.get(queueKey(queue))?.isDoubtful === true;
  }

  get hasDoubts(): boolean {
    return [...this.#leases.values()].some(({ isDoubtful }) => isDoubtful);
  }

  /** The connection to a broker was lost. One that restarts has forgotten its locks, and may give them to others. */
  doubt(address: string): void {
    for (const lease of this.#leases.values()) {
      const { topic, brokerName } = lease.queue;
      const route = this.#core.knownRoute(topic);
      if (route !== undefined && masterAddress(route, brokerName) === address) {
        lease.isDoubtful = true;
      }
    }
  }

  /** When the lease was last granted, in milliseconds since the epoch; 0 when it never was. */
  grantedAt(queue: MessageQueue): number {
    const lease = this.#leases.get(queueKey(queue));
    if (lease === undefined) return 0;
    return this.#core.clock.now() - (this.#core.clock.monotonicMs() - lease.grantedMs);
  }

  /**
   * Asks the brokers for queues, or for more time with those that are held. Never rejects.
   *
   * @returns those that a broker refused; a queue whose broker did not answer is neither held nor refused
   */
  async lock(queues: readonly MessageQueue[]): Promise<readonly MessageQueue[]> {
    const refused = await Promise.all(
      [...byBroker(queues).values()].map((own) => this.#lockAt(own)),
    );
    return refused.flat();
  }

  /** Lets others have queues. Never rejects: what no broker hears of ends with its lease. */
  async unlock(queues: readonly MessageQueue[]): Promise<void> {
    for (const queue of queues) this.#leases.delete(queueKey(queue));
    await Promise.all(
      [...byBroker(queues).values()].map(async (own) => {
        try {
          const address = await this.#core.masterAddressOf(own[0] as MessageQueue);
          const options = { timeoutMs: TIMEOUT_MS, body: this.#body(own) };
          await this.#core.call(address, unlockBatchMq, {}, options);
        } catch (error) {
          this.#core.log.warn({ queues: own.length, err: toError(error) }, 'unlocking failed');
        }
      }),
    );
  }

  async #lockAt(queues: readonly MessageQueue[]): Promise<readonly MessageQueue[]> {
    // The lease counts from before the request: the broker's begins later.
    const askedMs = this.#core.clock.monotonicMs();
    try {
      const address = await this.#core.masterAddressOf(queues[0] as MessageQueue);
      const options = { timeoutMs: TIMEOUT_MS, body: this.#body(queues) };
      const reply = await this.#core.call(address, lockBatchMq, {}, options);
      const granted = new Set(parseLockBatchResponseBody(reply.body).lockOKMQSet.map(queueKey));
      const refused: MessageQueue[] = [];
      for (const queue of queues) {
        const key = queueKey(queue);
        if (granted.has(key)) {
          this.#leases.set(key, { queue, grantedMs: askedMs, isDoubtful: false });
          continue;
        }
        this.#leases.delete(key);
        refused.push(queue);
      }
      return refused;
    } catch (error) {
      const { brokerName } = queues[0] as MessageQueue;
      this.#core.log.warn({ brokerName, err: toError(error) }, 'locking failed');
      return [];
    }
  }

  #body(queues: readonly MessageQueue[]): Buffer {
    const mqSet = queues.map(({ brokerName, queueId, topic }) => ({ brokerName, queueId, topic }));
    return printLockBatchRequestBody({
      clientId: this.#core.clientId,
      consumerGroup: this.#group,
      mqSet,
    });
  }
}

function byBroker(queues: readonly MessageQueue[]): Map<string, MessageQueue[]> {
  const groups = new Map<string, MessageQueue[]>();
  for (const queue of queues) {
    const group = groups.get(queue.brokerName);
    if (group === undefined) groups.set(queue.brokerName, [queue]);
    else group.push(queue);
  }
  return groups;
}
