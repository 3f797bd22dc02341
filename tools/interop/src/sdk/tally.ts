import type { ReceivedMessage } from '@orbitmq/client';
import { indexOfBody } from './body.ts';
import { check } from './check.ts';

/** How many indexes a failure names. */
const SHOWN = 20;

/** Counts what arrived, by index: every body is compared with what was sent. */
export class Tally {
  readonly #run: string;
  readonly #counts: Uint32Array;
  readonly #isKeeping: boolean;
  readonly #messages = new Map<number, ReceivedMessage>();
  readonly #corrupt: string[] = [];
  #distinct = 0;
  #total = 0;

  /** @param isKeeping whether the last message of each index can be asked for */
  constructor(run: string, size: number, isKeeping = true) {
    this.#run = run;
    this.#counts = new Uint32Array(size);
    this.#isKeeping = isKeeping;
  }

  /** Returns the message's index, -1 when it is not one of ours or was changed. */
  add(message: ReceivedMessage): number {
    this.#total++;
    const index = indexOfBody(this.#run, message.body);
    const count = this.#counts[index];
    if (count === undefined || message.keys.join(' ') !== `k${index}`) {
      const { messageId, body } = message;
      this.#corrupt.push(`${messageId}, ${body.length} bytes: ${body.toString('latin1', 0, 80)}`);
      return -1;
    }
    if (this.#isKeeping) this.#messages.set(index, message);
    if (count === 0) this.#distinct++;
    this.#counts[index] = count + 1;
    return index;
  }

  /** How many indexes there are. */
  get size(): number {
    return this.#counts.length;
  }

  get distinct(): number {
    return this.#distinct;
  }

  get total(): number {
    return this.#total;
  }

  get duplicates(): number {
    return this.#total - this.#distinct - this.#corrupt.length;
  }

  count(index: number): number {
    return this.#counts[index] ?? 0;
  }

  message(index: number): ReceivedMessage {
    const message = this.#messages.get(index);
    check(message !== undefined, `message ${index} did not arrive`);
    return message;
  }

  /** No byte of what arrived was changed, and nothing of another run arrived. */
  verifyIntact(): void {
    const shown = this.#corrupt.slice(0, SHOWN).join('; ');
    check(this.#corrupt.length === 0, `${this.#corrupt.length} corrupt or foreign: ${shown}`);
  }

  /** Exactly those indexes arrived whose expectation is true, and no byte of them was changed. */
  verify(isExpected: (index: number) => boolean): void {
    this.verifyIntact();
    const missing: number[] = [];
    const unexpected: number[] = [];
    for (const [index, count] of this.#counts.entries()) {
      if (isExpected(index) && count === 0) missing.push(index);
      if (!isExpected(index) && count > 0) unexpected.push(index);
    }
    check(missing.length === 0, `lost ${missing.length}: ${head(missing)}`);
    check(unexpected.length === 0, `unexpected ${unexpected.length}: ${head(unexpected)}`);
  }

  /** Everything arrived, each once. */
  verifyExactlyOnce(): void {
    this.verify(() => true);
    check(this.duplicates === 0, `${this.duplicates} duplicates`);
  }
}

function head(indexes: readonly number[]): string {
  return indexes.slice(0, SHOWN).join(', ');
}
