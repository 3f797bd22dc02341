import type { MessageQueue } from './message.ts';

/** Picks a topic's queues one after the other. Source: TopicPublishInfo.java (selectOneMessageQueue). */
export class QueueRotation {
  #next: number;

  /** @param start any integer; producers start at random so that they do not all meet in one queue */
  constructor(start: number) {
    this.#next = start & 0x7fff_ffff;
  }

  /**
   * The next queue: of a broker that may be used, and of another than the one that failed before, as far
   * as there is one.
   */
  pick(
    queues: readonly MessageQueue[],
    failedBroker?: string,
    isAvailable: (brokerName: string) => boolean = () => true,
  ): MessageQueue | undefined {
    const start = this.#next;
    this.#next = (this.#next + 1) & 0x7fff_ffff;
    const at = (step: number) => queues[(start + step) % queues.length] as MessageQueue;
    if (queues.length === 0) return undefined;
    for (let step = 0; step < queues.length; step++) {
      const queue = at(step);
      if (queue.brokerName !== failedBroker && isAvailable(queue.brokerName)) return queue;
    }
    for (let step = 0; step < queues.length; step++) {
      if (at(step).brokerName !== failedBroker) return at(step);
    }
    return at(0);
  }
}
