/** Bytes of one connection, cut into frames. */
import { RocketMqError } from '@orbitmq/kernel';
import { type FrameView, readFrame } from '@orbitmq/protocol';

/** A frame up to this size gets its whole buffer at once; the buffer of a larger one doubles as it comes in. */
const SMALL_FRAME_BYTES = 65_536;
/** Room for a partial frame whose length is not known yet. */
const UNKNOWN_FRAME_BYTES = 1024;
const LENGTH_BYTES = 4;

/** Memory that partial frames of all connections of one server may take together. */
export class InputBudget {
  readonly limitBytes: number;
  usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** @throws {RocketMqError} INPUT_MEMORY_FULL; nothing was taken */
  take(bytes: number): void {
    if (this.usedBytes + bytes > this.limitBytes) {
      throw new RocketMqError('partial frames take all the memory they may', {
        code: 'INPUT_MEMORY_FULL',
        isRetryable: true,
        details: { limitBytes: this.limitBytes, usedBytes: this.usedBytes },
      });
    }
    this.usedBytes += bytes;
  }

  release(bytes: number): void {
    this.usedBytes -= bytes;
  }
}

/**
 * Finds the frames in what a connection reads. Frames that lie whole in what was read are handled
 * where they lie; only the frame that a read cuts is copied, each byte a bounded number of times.
 */
export class FrameInput {
  readonly #view: FrameView;
  readonly #budget: InputBudget;
  readonly #onFrame: (view: FrameView) => void;
  /** The beginning of a frame: `#partial[0, #partialBytes)`. */
  #partial: Buffer | undefined;
  #partialBytes = 0;
  /** Frames that came before a pause and wait for its end. */
  #held: Buffer | undefined;
  #isPaused = false;

  /** `view` may be shared: it is used only during {@link feed}. */
  constructor(view: FrameView, budget: InputBudget, onFrame: (view: FrameView) => void) {
    this.#view = view;
    this.#budget = budget;
    this.#onFrame = onFrame;
  }

  /** Bytes that wait here for the rest of their frame or for the end of a pause. */
  get waitingBytes(): number {
    return this.#partialBytes + (this.#held?.length ?? 0);
  }

  /**
   * Handles all frames that end in `bytes`, which are not kept: what has to wait is copied.
   *
   * @throws {FrameError} for bytes that are no frame; {RocketMqError} INPUT_MEMORY_FULL
   */
  feed(bytes: Buffer): void {
    if (this.#isPaused) {
      this.#held =
        this.#held === undefined ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
      return;
    }
    let position = 0;
    if (this.#partial !== undefined) {
      position = this.#complete(this.#partial, bytes);
      if (this.#partial !== undefined) return;
    }
    position = this.#walk(bytes, position);
    if (position === bytes.length) return;
    if (this.#isPaused) this.#held = Buffer.from(bytes.subarray(position));
    else this.#keep(bytes, position);
  }

  /** Handles no more frames until {@link resume}, not even those of the current {@link feed}. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Handles what came during the pause. @throws as {@link feed} */
  resume(): void {
    this.#isPaused = false;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.feed(held);
  }

  /** Forgets what waits. */
  close(): void {
    this.#dropPartial();
    this.#held = undefined;
  }

  #walk(bytes: Buffer, start: number): number {
    const end = bytes.length;
    const view = this.#view;
    let position = start;
    while (position < end && !this.#isPaused) {
      const frameBytes = readFrame(bytes, position, end, view);
      if (frameBytes === 0) break;
      position += frameBytes;
      this.#onFrame(view);
    }
    return position;
  }

  #keep(bytes: Buffer, start: number): void {
    const size = bytes.length - start;
    const partial = this.#allocate(
      roomFor(size, size < LENGTH_BYTES ? 0 : frameSize(bytes, start)),
    );
    bytes.copy(partial, 0, start);
    this.#partial = partial;
    this.#partialBytes = size;
  }

  /** Adds to the partial frame what it lacks. @returns where its bytes end */
  #complete(partial: Buffer, bytes: Buffer): number {
    let target = partial;
    let position = 0;
    if (this.#partialBytes < LENGTH_BYTES) {
      position = bytes.copy(target, this.#partialBytes, 0, LENGTH_BYTES - this.#partialBytes);
      this.#partialBytes += position;
      if (this.#partialBytes < LENGTH_BYTES) return position;
      // Judges the length before anything relies on it.
      readFrame(target, 0, LENGTH_BYTES, this.#view);
    }
    const size = frameSize(target, 0);
    const added = Math.min(size - this.#partialBytes, bytes.length - position);
    const needed = this.#partialBytes + added;
    if (needed > target.length) {
      const grown = this.#allocate(roomFor(needed, size));
      target.copy(grown, 0, 0, this.#partialBytes);
      this.#budget.release(target.length);
      this.#partial = grown;
      target = grown;
    }
    bytes.copy(target, this.#partialBytes, position, position + added);
    this.#partialBytes = needed;
    if (readFrame(target, 0, needed, this.#view) > 0) {
      this.#dropPartial();
      this.#onFrame(this.#view);
    }
    return position + added;
  }

  #allocate(size: number): Buffer {
    this.#budget.take(size);
    return Buffer.allocUnsafeSlow(size);
  }

  #dropPartial(): void {
    if (this.#partial === undefined) return;
    this.#budget.release(this.#partial.length);
    this.#partial = undefined;
    this.#partialBytes = 0;
  }
}

function frameSize(bytes: Buffer, start: number): number {
  return LENGTH_BYTES + bytes.readInt32BE(start);
}

/** A buffer for the `have` first bytes of a frame of `size` bytes, 0 for one whose size is not known. */
function roomFor(have: number, size: number): number {
  if (size === 0) return UNKNOWN_FRAME_BYTES;
  // A peer that announces a large frame gets memory only for twice what it has sent.
  return size <= SMALL_FRAME_BYTES ? size : Math.min(size, Math.max(have * 2, SMALL_FRAME_BYTES));
}
