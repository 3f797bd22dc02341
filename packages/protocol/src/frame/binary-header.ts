/**
 * The ROCKETMQ binary header.
 *
 *   size   field
 *   2      code, signed
 *   1      language
 *   2      version, signed
 *   4      opaque
 *   4      flag
 *   4 + n  remark, length 0 for none
 *   4 + n  ext fields, length 0 for none: entries of 2 + n key, 4 + n value
 *
 * An empty value reads back as none, as in Java. Source: RocketMQSerializable.java.
 */
import { FrameError } from './frame-error.ts';
import { type FrameView, ValueForm } from './frame-view.ts';

const FIXED_BYTES = 21;

/** @throws {FrameError} when a length leads out of the header */
export function walkBinaryHeader(view: FrameView, start: number, end: number): void {
  const { buffer } = view;
  if (end - start < FIXED_BYTES) {
    throw new FrameError('binary header is shorter than its fixed part', {
      headerBytes: end - start,
    });
  }
  view.code = buffer.readInt16BE(start);
  view.language = buffer[start + 2] as number;
  view.version = buffer.readInt16BE(start + 3);
  view.opaque = buffer.readInt32BE(start + 5);
  view.hasOpaque = true;
  view.flag = buffer.readInt32BE(start + 9);
  const remarkBytes = buffer.readInt32BE(start + 13);
  const remarkStart = start + 17;
  if (remarkBytes < 0 || remarkBytes > end - remarkStart - 4) {
    throw new FrameError('remark is longer than the header', { remarkBytes });
  }
  if (remarkBytes > 0) {
    view.remarkStart = remarkStart;
    view.remarkEnd = remarkStart + remarkBytes;
    view.remarkForm = ValueForm.nonAscii;
  }
  const fieldsStart = remarkStart + remarkBytes + 4;
  const fieldsBytes = buffer.readInt32BE(fieldsStart - 4);
  if (fieldsBytes < 0 || fieldsBytes > end - fieldsStart) {
    throw new FrameError('ext fields are longer than the header', { fieldsBytes });
  }
  walkFields(view, fieldsStart, fieldsStart + fieldsBytes);
}

function walkFields(view: FrameView, start: number, end: number): void {
  const { buffer } = view;
  let position = start;
  while (position < end) {
    if (end - position < 2) throw new FrameError('ext field is cut off', { position });
    const keyStart = position + 2;
    const keyEnd = keyStart + buffer.readUInt16BE(position);
    if (end - keyEnd < 4) throw new FrameError('ext field key leads out of the header');
    const valueStart = keyEnd + 4;
    const valueBytes = buffer.readInt32BE(keyEnd);
    if (valueBytes < 0 || valueBytes > end - valueStart) {
      throw new FrameError('ext field value leads out of the header', { valueBytes });
    }
    position = valueStart + valueBytes;
    const field = view.addField(keyStart, keyEnd, valueStart, position);
    view.setForm(field, valueBytes === 0 ? ValueForm.absent : formOf(buffer, valueStart, position));
  }
}

function formOf(buffer: Buffer, start: number, end: number): number {
  for (let position = start; position < end; position++) {
    if ((buffer[position] as number) >= 0x80) return ValueForm.nonAscii;
  }
  return ValueForm.plain;
}
