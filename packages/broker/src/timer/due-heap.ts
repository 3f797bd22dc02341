/** A message that is due soon: where its record is. */
export interface DueTimer {
  readonly dueMs: number;
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  /** `UnitMagic` bits. */
  readonly magic: number;
  /** When its unit was written, milliseconds since the epoch. */
  readonly writeTimeMs: number;
}

const COLUMNS = 5;
const FIRST_CAPACITY = 256;

/**
 * Messages by when they are due, those due at the same time in the log's order. A binary heap in one
 * array of numbers: 40 bytes each.
 */
export class DueHeap {
  #columns = new Float64Array(FIRST_CAPACITY * COLUMNS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Bytes of memory it takes. */
  get bytes(): number {
    return this.#columns.byteLength;
  }

  /** When the first is due; infinite when there is none. */
  get nextMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#columns[0] as number);
  }

  push(timer: DueTimer): void {
    if ((this.#size + 1) * COLUMNS > this.#columns.length) this.#resize(this.#columns.length * 2);
    let at = this.#size++;
    this.#set(at, timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the first out. */
  pop(): DueTimer | undefined {
    if (this.#size === 0) return undefined;
    const [dueMs, physicalOffset, sizeBytes, magic, writeTimeMs] = this.#columns;
    this.#size--;
    this.#columns.copyWithin(0, this.#size * COLUMNS, (this.#size + 1) * COLUMNS);
    this.#sink();
    // What a busy second took is given back when it is over.
    if (this.#size * COLUMNS * 8 < this.#columns.length) this.#resize(this.#columns.length / 4);
    return {
      dueMs: dueMs as number,
      physicalOffset: physicalOffset as number,
      sizeBytes: sizeBytes as number,
      magic: magic as number,
      writeTimeMs: writeTimeMs as number,
    };
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const left = at * 2 + 1;
      if (left >= this.#size) return;
      const right = left + 1;
      const child = right < this.#size && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #set(index: number, timer: DueTimer): void {
    const at = index * COLUMNS;
    this.#columns[at] = timer.dueMs;
    this.#columns[at + 1] = timer.physicalOffset;
    this.#columns[at + 2] = timer.sizeBytes;
    this.#columns[at + 3] = timer.magic;
    this.#columns[at + 4] = timer.writeTimeMs;
  }

  #isBefore(left: number, right: number): boolean {
    const columns = this.#columns;
    const leftMs = columns[left * COLUMNS] as number;
    const rightMs = columns[right * COLUMNS] as number;
    if (leftMs !== rightMs) return leftMs < rightMs;
    return (columns[left * COLUMNS + 1] as number) < (columns[right * COLUMNS + 1] as number);
  }

  #swap(left: number, right: number): void {
    const columns = this.#columns;
    for (let column = 0; column < COLUMNS; column++) {
      const kept = columns[left * COLUMNS + column] as number;
      columns[left * COLUMNS + column] = columns[right * COLUMNS + column] as number;
      columns[right * COLUMNS + column] = kept;
    }
  }

  #resize(length: number): void {
    if (length < FIRST_CAPACITY * COLUMNS) return;
    const columns = new Float64Array(length);
    columns.set(this.#columns.subarray(0, this.#size * COLUMNS));
    this.#columns = columns;
  }
}
