import { required } from '@orbitmq/kernel';
import type { Clock, Random } from '@orbitmq/runtime';
import { LatencyFaults } from './latency-faults.ts';
import type { MessageQueue } from './message.ts';
import { QueueRotation } from './queue-rotation.ts';

export interface QueueChooserOptions {
  readonly random: Random;
  readonly clock: Clock;
  /** Whether brokers that were slow or failed are avoided for a while. */
  readonly avoidsSlowBrokers: boolean;
}

/** Which queue a message without a wish goes to. Source: MQFaultStrategy.java (selectOneMessageQueue). */
export class QueueChooser {
  readonly #options: QueueChooserOptions;
  readonly #faults = new LatencyFaults();
  /** One for each topic that is sent to. */
  readonly #rotations = new Map<string, QueueRotation>();

  constructor(options: QueueChooserOptions) {
    this.#options = options;
  }

  /** @param queues of one topic, at least one */
  choose(queues: readonly MessageQueue[], failedBroker: string | undefined): MessageQueue {
    const { topic } = required(queues[0], 'a queue to send to');
    let rotation = this.#rotations.get(topic);
    if (rotation === undefined) {
      rotation = new QueueRotation(this.#options.random.below(0x7fff_ffff));
      this.#rotations.set(topic, rotation);
    }
    if (!this.#options.avoidsSlowBrokers) {
      return required(rotation.pick(queues, failedBroker), 'a queue to send to');
    }
    const nowMs = this.#options.clock.monotonicMs();
    const isAvailable = (brokerName: string): boolean =>
      this.#faults.isAvailable(brokerName, nowMs);
    return required(rotation.pick(queues, failedBroker, isAvailable), 'a queue to send to');
  }

  /** Notes how an attempt went. */
  note(brokerName: string, latencyMs: number | 'failed'): void {
    if (!this.#options.avoidsSlowBrokers) return;
    this.#faults.note(brokerName, latencyMs, this.#options.clock.monotonicMs());
  }
}
