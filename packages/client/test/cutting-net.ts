import type { ConnectOptions } from '@orbitmq/runtime';
import type { MemoryNet, VirtualTime } from '@orbitmq/testkit';
import { type Chunk, FailingNet } from './failing-net.ts';

/** From the n-th event on, 0 being the first: only that one, or that and everything after it until {@link CuttingNet.heal}. */
export interface Cut {
  readonly at: number;
  readonly lasts: boolean;
}

/** A network that cuts its clients off at one moment: while they connect, or before a chunk of bytes in either direction. */
export class CuttingNet extends FailingNet {
  readonly #cut: Cut;
  #events = 0;
  #isHealed = false;

  constructor(net: MemoryNet, time: VirtualTime, cut: Cut) {
    super(net, time);
    this.#cut = cut;
  }

  /** Whether anything was cut. */
  get hasCut(): boolean {
    return this.#events > this.#cut.at;
  }

  heal(): void {
    this.#isHealed = true;
  }

  protected override async beforeConnecting({ host, port }: ConnectOptions): Promise<void> {
    if (this.#isCut()) throw new Error(`connect ECONNRESET ${host}:${port}`);
  }

  protected override pass({ bytes, deliver, cut }: Chunk): number {
    if (this.#isCut()) cut();
    else deliver(bytes);
    return 0;
  }

  #isCut(): boolean {
    const event = this.#events++;
    const { at, lasts } = this.#cut;
    return !this.#isHealed && (lasts ? event >= at : event === at);
  }
}
