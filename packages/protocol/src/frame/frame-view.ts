/**
 * A frame as it lies in the bytes that were read, without objects for what nobody asks for.
 *
 *   offset  size  field
 *   0       4     length: bytes that follow = 4 + headerLength + bodyLength
 *   4       1     serialize type: 0 JSON, 1 ROCKETMQ binary
 *   5       3     headerLength
 *   8       n     header
 *   8+n     m     body, the rest
 *
 * Source: RemotingCommand.java, NettyDecoder.java (limit of the whole frame: 16 777 216).
 */
import { FrameError } from './frame-error.ts';
import { unescapeJsonInto, unescapeJsonText } from './json-text.ts';

/** `com.rocketmq.remoting.frameMaxLength`: the largest value of a frame's length field. */
export const MAX_FRAME_BYTES = 16_777_216;
/** More header fields than any request has; a frame with more is refused, so that a view stays small. */
export const MAX_HEADER_FIELDS = 1024;

export const SerializeType = { json: 0, binary: 1 } as const;
export type SerializeType = (typeof SerializeType)[keyof typeof SerializeType];

const FLAG_RESPONSE = 1;
const FLAG_ONEWAY = 2;

/** How a field's value stands in the bytes; bits. */
export const ValueForm = { plain: 0, escaped: 1, nonAscii: 2, absent: 4 } as const;

const INTS_PER_FIELD = 5;
const NO_BYTES = Buffer.alloc(0);

/**
 * One frame. A reader keeps a single view and moves it from frame to frame, so that what a view says
 * holds only until the next {@link readFrame} into it, and its buffer belongs to the connection.
 */
export class FrameView {
  buffer: Buffer = NO_BYTES;
  serializeType: SerializeType = SerializeType.json;
  /** Request or response code. */
  code = 0;
  /** Ordinal of `LanguageCode`; -1 for a name that is not known. */
  language = 0;
  version = 0;
  opaque = 0;
  flag = 0;
  /** Whether the header held an opaque; an answer without it matches nothing. */
  hasOpaque = false;
  bodyStart = 0;
  bodyEnd = 0;
  fieldCount = 0;
  remarkStart = -1;
  remarkEnd = -1;
  remarkForm = 0;
  /** Spans of the ext fields: key start, key end, value start, value end, {@link ValueForm}. */
  readonly spans = new Int32Array(MAX_HEADER_FIELDS * INTS_PER_FIELD);

  get isResponse(): boolean {
    return (this.flag & FLAG_RESPONSE) !== 0;
  }

  get isOneway(): boolean {
    return (this.flag & FLAG_ONEWAY) !== 0;
  }

  get bodyBytes(): number {
    return this.bodyEnd - this.bodyStart;
  }

  /** Forgets the previous header. For the walkers. */
  clear(): void {
    this.code = 0;
    this.language = 0;
    this.version = 0;
    this.opaque = 0;
    this.flag = 0;
    this.hasOpaque = false;
    this.fieldCount = 0;
    this.remarkStart = -1;
    this.remarkEnd = -1;
    this.remarkForm = 0;
  }

  /** Notes one ext field. For the walkers. */
  addField(keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): number {
    const at = this.fieldCount * INTS_PER_FIELD;
    if (at >= this.spans.length) {
      throw new FrameError('header has too many fields', { limit: MAX_HEADER_FIELDS });
    }
    this.spans[at] = keyStart;
    this.spans[at + 1] = keyEnd;
    this.spans[at + 2] = valueStart;
    this.spans[at + 3] = valueEnd;
    this.spans[at + 4] = 0;
    return this.fieldCount++;
  }

  setForm(field: number, form: number): void {
    this.spans[field * INTS_PER_FIELD + 4] = form;
  }

  keyStart(field: number): number {
    return this.spans[field * INTS_PER_FIELD] as number;
  }

  keyEnd(field: number): number {
    return this.spans[field * INTS_PER_FIELD + 1] as number;
  }

  valueStart(field: number): number {
    return this.spans[field * INTS_PER_FIELD + 2] as number;
  }

  valueEnd(field: number): number {
    return this.spans[field * INTS_PER_FIELD + 3] as number;
  }

  form(field: number): number {
    return this.spans[field * INTS_PER_FIELD + 4] as number;
  }

  key(field: number): string {
    return this.buffer.toString('latin1', this.keyStart(field), this.keyEnd(field));
  }

  /** Value of a field as text; undefined for a JSON null. */
  value(field: number): string | undefined {
    return this.#text(this.valueStart(field), this.valueEnd(field), this.form(field));
  }

  /**
   * Value of a field as an integer.
   *
   * @returns NaN when it is not a decimal integer; exact up to 2^53
   */
  integer(field: number): number {
    if ((this.form(field) & (ValueForm.escaped | ValueForm.absent)) !== 0) return Number.NaN;
    return parseDecimal(this.buffer, this.valueStart(field), this.valueEnd(field));
  }

  /**
   * Writes a field's value, unescaped, into `target` at `position`, which must have room for as many
   * bytes as the value has in the frame.
   *
   * @returns the position behind it
   */
  copyValue(field: number, target: Buffer, position: number): number {
    const start = this.valueStart(field);
    const end = this.valueEnd(field);
    const form = this.form(field);
    if ((form & ValueForm.absent) !== 0) return position;
    if ((form & ValueForm.escaped) !== 0) {
      return unescapeJsonInto(this.buffer, start, end, target, position);
    }
    return position + this.buffer.copy(target, position, start, end);
  }

  get remark(): string | undefined {
    return this.remarkStart < 0
      ? undefined
      : this.#text(this.remarkStart, this.remarkEnd, this.remarkForm);
  }

  /** All ext fields as text; the last of two equal names wins, as in Java's map. */
  fields(): Record<string, string> {
    const fields: Record<string, string> = Object.create(null) as Record<string, string>;
    for (let field = 0; field < this.fieldCount; field++) {
      const value = this.value(field);
      if (value !== undefined) fields[this.key(field)] = value;
    }
    return fields;
  }

  /** The body's bytes, still in the connection's buffer; copy what has to outlive the frame. */
  body(): Buffer {
    return this.buffer.subarray(this.bodyStart, this.bodyEnd);
  }

  #text(start: number, end: number, form: number): string | undefined {
    if (form === ValueForm.plain) return this.buffer.toString('latin1', start, end);
    if ((form & ValueForm.absent) !== 0) return undefined;
    if ((form & ValueForm.escaped) !== 0) return unescapeJsonText(this.buffer, start, end);
    return this.buffer.toString('utf8', start, end);
  }
}

function parseDecimal(buffer: Buffer, start: number, end: number): number {
  const isNegative = buffer[start] === 0x2d;
  let position = isNegative || buffer[start] === 0x2b ? start + 1 : start;
  if (position === end) return Number.NaN;
  let value = 0;
  for (; position < end; position++) {
    const digit = (buffer[position] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}
