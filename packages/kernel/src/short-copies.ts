/**
 * Copies of some dozen bytes. `Buffer.copy` makes an object for its source and costs 100 to 200 ns whatever
 * the length, `TypedArray.set` 60 ns; four bytes at a time through views win up to a few hundred bytes.
 */

const NO_VIEW = new DataView(new ArrayBuffer(0));

/** From this length on the native copy wins. */
export const NATIVE_COPY_FROM_BYTES = 256;

/** Larger buffers are let go of as soon as another is asked for. */
const MAX_REMEMBERED_BYTES = 1024 * 1024;
const REMEMBERED = 3;

/**
 * Views on the few buffers that were asked for last: hot paths ask for the same ones again and again, and making
 * a view costs more than what most of them read through it.
 */
export class RecentViews {
  #buffer: Uint8Array | undefined;
  #view: DataView = NO_VIEW;
  readonly #older: (DataView | undefined)[] = [];
  readonly #olderBuffers: (Uint8Array | undefined)[] = [];
  #next = 0;

  of(buffer: Uint8Array): DataView {
    if (buffer !== this.#buffer) this.#turnTo(buffer);
    return this.#view;
  }

  #turnTo(buffer: Uint8Array): void {
    const place = this.#olderBuffers.indexOf(buffer);
    const view =
      (place < 0 ? undefined : this.#older[place]) ??
      new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    const previous = this.#buffer;
    if (previous !== undefined && previous.length <= MAX_REMEMBERED_BYTES) {
      const free = place < 0 ? this.#next++ % REMEMBERED : place;
      this.#olderBuffers[free] = previous;
      this.#older[free] = this.#view;
    }
    this.#buffer = buffer;
    this.#view = view;
  }
}

/**
 * Copies `source[start, end)` to `position` of another buffer's view.
 *
 * @returns the position behind it
 */
// oxlint-disable-next-line max-params -- spans as positions: an object per call costs more than the copy
export function copyShort(
  source: DataView,
  start: number,
  end: number,
  target: DataView,
  position: number,
): number {
  let from = start;
  let to = position;
  for (; end - from >= 4; from += 4, to += 4) target.setInt32(to, source.getInt32(from));
  for (; from < end; from++, to++) target.setUint8(to, source.getUint8(from));
  return to;
}

/** Copies a few bytes, up to some thirty, one by one. @returns the position behind them */
export function copyFew(bytes: Uint8Array, target: Uint8Array, position: number): number {
  for (let index = 0; index < bytes.length; index++)
    target[position + index] = bytes[index] as number;
  return position + bytes.length;
}
