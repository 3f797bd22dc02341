/** A constant text that is compared four bytes at a time. */
export class WordText {
  readonly length: number;
  readonly #words: Int32Array;
  readonly #offsets: Int32Array;

  /** @param text ASCII, at least four characters */
  constructor(text: string) {
    const bytes = Buffer.from(text, 'latin1');
    this.length = bytes.length;
    const offsets: number[] = [];
    for (let offset = 0; offset + 4 <= bytes.length; offset += 4) offsets.push(offset);
    // The last word overlaps the one before it where the length is no multiple of four.
    if (bytes.length % 4 !== 0) offsets.push(bytes.length - 4);
    this.#offsets = Int32Array.from(offsets);
    this.#words = Int32Array.from(offsets, (offset) => bytes.readInt32LE(offset));
  }

  /** Whether the text stands at `position`; nothing is read at or behind `end`. */
  isAt(view: DataView, position: number, end: number): boolean {
    if (end - position < this.length) return false;
    const words = this.#words;
    const offsets = this.#offsets;
    for (let index = 0; index < words.length; index++) {
      if (view.getInt32(position + (offsets[index] as number), true) !== words[index]) return false;
    }
    return true;
  }
}
