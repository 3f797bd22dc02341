/**
 * A map whose keys are looked up as bytes of a frame: a hot path finds its topic without making a
 * string of its name.
 */
export class BytesMap<Value> {
  readonly #buckets = new Map<number, Entry<Value>[]>();
  /** What was found last is often what is looked for next. */
  #last: Entry<Value> | undefined;

  /** @returns the value of the key `buffer[start, end)` */
  get(buffer: Buffer, start: number, end: number): Value | undefined {
    const last = this.#last;
    if (last !== undefined && equals(last.key, buffer, start, end)) return last.value;
    const bucket = this.#buckets.get(hash(buffer, start, end));
    if (bucket === undefined) return undefined;
    for (const entry of bucket) {
      if (!equals(entry.key, buffer, start, end)) continue;
      this.#last = entry;
      return entry.value;
    }
    return undefined;
  }

  set(text: string, value: Value): void {
    this.delete(text);
    const key = Buffer.from(text);
    const code = hash(key, 0, key.length);
    const bucket = this.#buckets.get(code);
    if (bucket === undefined) this.#buckets.set(code, [{ key, value }]);
    else bucket.push({ key, value });
  }

  delete(text: string): void {
    this.#last = undefined;
    const key = Buffer.from(text);
    const code = hash(key, 0, key.length);
    const rest = this.#buckets.get(code)?.filter((entry) => !entry.key.equals(key)) ?? [];
    if (rest.length === 0) this.#buckets.delete(code);
    else this.#buckets.set(code, rest);
  }
}

interface Entry<Value> {
  readonly key: Buffer;
  readonly value: Value;
}

/** FNV-1a. */
function hash(buffer: Buffer, start: number, end: number): number {
  let code = -2128831035;
  for (let position = start; position < end; position++) {
    code = Math.imul(code ^ (buffer[position] as number), 16777619);
  }
  return code;
}

function equals(key: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let index = 0; index < key.length; index++) {
    if (key[index] !== buffer[start + index]) return false;
  }
  return true;
}
