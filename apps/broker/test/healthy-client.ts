import { Producer } from '@orbitmq/client';

/**
 * An application beside those that misbehave: sends one message after the other, and remembers what went
 * wrong and how long the slowest took.
 */
export class HealthyClient implements AsyncDisposable {
  readonly #producer: Producer;
  readonly #running: Promise<void>;
  #isStopped = false;
  #sent = 0;
  #slowestMs = 0;
  #failure: unknown;

  static async start(nameServer: string): Promise<HealthyClient> {
    const producer = new Producer({ nameServers: [nameServer], group: 'PG_healthy' });
    await producer.start();
    return new HealthyClient(producer);
  }

  private constructor(producer: Producer) {
    this.#producer = producer;
    this.#running = this.#run();
  }

  /** Messages sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** The longest send since the last call, milliseconds. */
  takeSlowestMs(): number {
    const slowestMs = this.#slowestMs;
    this.#slowestMs = 0;
    return slowestMs;
  }

  /** The first send that failed; undefined when none did. */
  get failure(): unknown {
    return this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    await this.#producer.close();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped && this.#failure === undefined) {
      const startMs = performance.now();
      try {
        await this.#producer.send({ topic: 'Healthy', body: `message ${this.#sent}` });
      } catch (error) {
        this.#failure = error;
        return;
      }
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startMs);
      this.#sent++;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
