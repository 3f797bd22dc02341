/**
 * Decides what happens next in a simulated process: which of the disk calls and callbacks that could go on
 * does, and when time passes. The same seed gives the same run.
 */
import type { Clock, Timer, Timers } from '@orbitmq/runtime';
import type { SeededRandom } from './seeded-random.ts';
import { VirtualTime } from './virtual-time.ts';

export class StepScheduler implements Clock, Timers {
  readonly #random: SeededRandom;
  readonly #time: VirtualTime;
  #ready: (() => void)[] = [];

  constructor(random: SeededRandom, time = new VirtualTime()) {
    this.#random = random;
    this.#time = time;
  }

  now(): number {
    return this.#time.now();
  }

  monotonicMs(): number {
    return this.#time.monotonicMs();
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#time.after(delayMs, callback);
  }

  every(periodMs: number, callback: () => void, firstMs?: number): Timer {
    return this.#time.every(periodMs, callback, firstMs);
  }

  afterPoll(callback: () => void): void {
    this.#ready.push(callback);
  }

  /** For a disk: work that may be done at any later step. */
  readonly schedule = (work: () => void): void => {
    this.#ready.push(work);
  };

  get isIdle(): boolean {
    return this.#ready.length === 0;
  }

  /** Lets time pass: timers run at their times. */
  pass(ms: number): void {
    this.#time.pass(ms);
  }

  /** Does one thing that is ready, and what follows from it at once. @returns false when nothing is */
  async step(): Promise<boolean> {
    if (this.#ready.length === 0) return false;
    const index = this.#random.below(this.#ready.length);
    const [work] = this.#ready.splice(index, 1);
    work?.();
    await turn();
    return true;
  }

  /** Steps until the promise is settled; time passes when nothing else is left to do. */
  async finish<T>(promise: Promise<T>, maxSteps = 1_000_000): Promise<T> {
    const outcome = { isSettled: false };
    const settle = (): void => {
      outcome.isSettled = true;
    };
    promise.then(settle, settle);
    await turn();
    for (let steps = 0; !outcome.isSettled; steps++) {
      if (steps >= maxSteps) throw new Error(`nothing came of it in ${maxSteps} steps`);
      if (!(await this.step())) {
        this.pass(IDLE_MS);
        await turn();
      }
    }
    return promise;
  }

  /** A process dies: nothing of it goes on. */
  forget(): void {
    this.#ready = [];
    this.#time.cancelAll();
  }
}

const IDLE_MS = 100;

/** Everything that promises can do without the outside is done afterwards. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
