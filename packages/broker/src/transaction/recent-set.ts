/** The last few numbers that were added; the oldest goes when one more would be too many. */
export class RecentSet {
  readonly #max: number;
  readonly #numbers = new Set<number>();

  constructor(max: number) {
    this.#max = max;
  }

  has(number: number): boolean {
    return this.#numbers.has(number);
  }

  add(number: number): void {
    this.#numbers.add(number);
    if (this.#numbers.size <= this.#max) return;
    for (const oldest of this.#numbers) {
      this.#numbers.delete(oldest);
      return;
    }
  }

  delete(number: number): void {
    this.#numbers.delete(number);
  }
}
