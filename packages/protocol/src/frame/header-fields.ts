import type { FrameView } from './frame-view.ts';

/**
 * Where the fields of one kind of request stand in its header: names of hot requests are looked up once a
 * frame. One reusable reading; valid as long as the frame it was read from.
 */
export class HeaderFields<Name extends string> {
  readonly #slots: ReadonlyMap<string, number>;
  /** In the order of their slots: keys are compared as bytes, since making strings of them is most of the work. */
  readonly #names: readonly Buffer[];
  readonly #fields: Int16Array;
  #frame: FrameView | undefined;

  /** @param names in any order; other fields of a header are passed over */
  constructor(names: readonly Name[]) {
    this.#slots = new Map(names.map((name, slot) => [name, slot]));
    this.#names = names.map((name) => Buffer.from(name, 'latin1'));
    this.#fields = new Int16Array(names.length);
  }

  read(frame: FrameView): void {
    this.#frame = frame;
    this.#fields.fill(-1);
    for (let field = 0; field < frame.fieldCount; field++) {
      const slot = this.#slotOf(frame, field);
      if (slot >= 0) this.#fields[slot] = field;
    }
  }

  /** The field of the view with a name; -1 when the header has none. */
  of(name: Name): number {
    return this.#fields[this.#slots.get(name) as number] as number;
  }

  /** A field's value as an integer, exact up to 2^53; NaN when it is absent or none. */
  integer(name: Name): number {
    const field = this.of(name);
    return field < 0 || this.#frame === undefined ? Number.NaN : this.#frame.integer(field);
  }

  /** A field's value as text; undefined when it is absent. */
  text(name: Name): string | undefined {
    const field = this.of(name);
    return field < 0 ? undefined : this.#frame?.value(field);
  }

  /** @returns -1 for a field that is passed over */
  #slotOf(frame: FrameView, field: number): number {
    const start = frame.keyStart(field);
    const length = frame.keyEnd(field) - start;
    const names = this.#names;
    for (let slot = 0; slot < names.length; slot++) {
      const name = names[slot] as Buffer;
      if (name.length === length && isAt(frame.buffer, start, name)) return slot;
    }
    return -1;
  }
}

function isAt(buffer: Buffer, start: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index++) {
    if (buffer[start + index] !== name[index]) return false;
  }
  return true;
}
