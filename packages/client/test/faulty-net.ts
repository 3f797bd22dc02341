import type { ConnectOptions } from '@orbitmq/runtime';
import type { MemoryNet, SeededRandom, VirtualTime } from '@orbitmq/testkit';
import { type Chunk, FailingNet } from './failing-net.ts';

/** How often what goes wrong, as probabilities: of a connection being made, and of each chunk of bytes. Severe seeds have up to ten times as much. */
interface Fault {
  readonly refuse: number;
  readonly hang: number;
  readonly cut: number;
  readonly cutInHalf: number;
  readonly delay: number;
  readonly swallow: number;
  readonly garbage: number;
  readonly repeat: number;
}

const FAULTS: Fault = {
  refuse: 0.05,
  hang: 0.02,
  cut: 0.01,
  cutInHalf: 0.01,
  delay: 0.05,
  swallow: 0.005,
  garbage: 0.005,
  repeat: 0.01,
};
/** Long enough that requests time out now and then. */
const MAX_DELAY_MS = 4_000;
const MAX_GARBAGE_BYTES = 96;

/**
 * A network that fails its clients at random, by the numbers of a seed, until it is healed: connections are
 * refused, hang or are cut, also in the middle of a frame; bytes are late or never come; servers answer with
 * garbage, or twice. What is delivered is delivered in order, and unchanged.
 */
export class FaultyNet extends FailingNet {
  readonly #random: SeededRandom;
  readonly #severity: number;
  isFaulty = true;

  constructor(net: MemoryNet, time: VirtualTime, random: SeededRandom) {
    super(net, time);
    this.#random = random;
    this.#severity = random.pick([0.3, 1, 3, 10]);
  }

  protected override async beforeConnecting({ host, port, timeoutMs }: ConnectOptions) {
    if (this.#happens('hang')) {
      await this.sleep(timeoutMs);
      throw new Error(`connect ETIMEDOUT ${host}:${port}`);
    }
    if (this.#happens('refuse')) throw new Error(`connect ECONNREFUSED ${host}:${port}`);
    if (this.#happens('delay')) await this.sleep(Math.min(timeoutMs, this.#delayMs()));
  }

  protected override pass({ bytes, isAnswer, deliver, cut }: Chunk): number {
    if (this.#happens('cut')) {
      cut();
    } else if (this.#happens('cutInHalf')) {
      deliver(bytes.subarray(0, this.#random.below(bytes.length + 1)));
      cut();
    } else if (this.#happens('swallow')) {
      // Half of a chunk in the stream would change what is behind it: nothing comes any more.
      return Number.POSITIVE_INFINITY;
    } else if (isAnswer && this.#happens('garbage')) {
      deliver(this.#garbage());
      deliver(bytes);
    } else {
      deliver(bytes);
      if (isAnswer && this.#happens('repeat')) deliver(bytes);
    }
    return this.#happens('delay') ? this.#delayMs() : 0;
  }

  #happens(fault: keyof Fault): boolean {
    return this.isFaulty && this.#random.chance(this.#severity * FAULTS[fault]);
  }

  #delayMs(): number {
    return 1 + this.#random.below(MAX_DELAY_MS);
  }

  #garbage(): Buffer {
    const sizeBytes = 1 + this.#random.below(MAX_GARBAGE_BYTES);
    return Buffer.from(Array.from({ length: sizeBytes }, () => this.#random.below(256)));
  }
}
