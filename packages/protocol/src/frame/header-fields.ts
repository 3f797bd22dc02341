import type { FrameView } from './frame-view.ts';

/**
 * Where the fields of one kind of request stand in its header: names of hot requests are looked up once a
 * frame. One reusable reading; valid as long as the frame it was read from.
 */
export class HeaderFields<Name extends string> {
  readonly #slots: ReadonlyMap<string, number>;
  readonly #fields: Int16Array;
  #frame: FrameView | undefined;

  /** @param names in any order; other fields of a header are passed over */
  constructor(names: readonly Name[]) {
    this.#slots = new Map(names.map((name, slot) => [name, slot]));
    this.#fields = new Int16Array(names.length);
  }

  read(frame: FrameView): void {
    this.#frame = frame;
    this.#fields.fill(-1);
    for (let field = 0; field < frame.fieldCount; field++) {
      const slot = this.#slots.get(frame.key(field));
      if (slot !== undefined) this.#fields[slot] = field;
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
}
