import type { Random } from '@orbitmq/runtime';

const TWO_32 = 4294967296;

/** The same numbers for the same seed, on every machine. Not for secrets. Generator: sfc32. */
export class SeededRandom implements Random {
  #a = 0x9e37_79b9;
  #b = 0x243f_6a88;
  #c = 0xb7e1_5162;
  #counter = 1;

  constructor(seed: number) {
    this.#a ^= Math.trunc(seed) | 0;
    this.#b ^= Math.floor(seed / TWO_32) | 0;
    for (let round = 0; round < 12; round++) this.#draw();
  }

  next(): number {
    return this.#draw() / TWO_32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** A seed for another generator. */
  seed(): number {
    return this.#draw();
  }

  #draw(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }
}
