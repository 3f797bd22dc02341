import { decodeProperties, encodeProperties } from '@orbitmq/protocol';
import type { AppendRecord } from '@orbitmq/store';
import { MAX_PROPERTIES_BYTES } from './message-properties.ts';
import { PROPERTY_END_BYTE } from './property-bytes.ts';

/**
 * Sets properties of a record that is to be appended. Names that it does not have are written behind
 * its text, which then need not be taken apart.
 *
 * @returns false when the properties do not fit a record any more
 */
export function setProperties(
  record: AppendRecord,
  changes: Readonly<Record<string, string>>,
): boolean {
  const { properties, propertiesStart, propertiesEnd } = record;
  const present = properties.subarray(propertiesStart, propertiesEnd);
  for (const name in changes) {
    if (present.includes(name)) {
      return changeProperties(record, (all) => void Object.assign(all, changes));
    }
  }
  return appendProperties(record, Buffer.from(encodeProperties(changes)));
}

/**
 * Writes properties behind those of a record, which has none of them.
 *
 * @param added encoded, with nothing behind the last value
 * @param room where the properties go if they fit: the record then has to be stored before it is used again
 * @returns as {@link setProperties}
 */
export function appendProperties(record: AppendRecord, added: Buffer, room?: Buffer): boolean {
  const { properties, propertiesStart, propertiesEnd } = record;
  const most = propertiesEnd - propertiesStart + 1 + added.length;
  const bytes = room !== undefined && most <= room.length ? room : Buffer.allocUnsafe(most);
  let length = properties.copy(bytes, 0, propertiesStart, propertiesEnd);
  if (length > 0 && bytes[length - 1] !== PROPERTY_END_BYTE) bytes[length++] = PROPERTY_END_BYTE;
  length += added.copy(bytes, length);
  record.properties = bytes;
  record.propertiesStart = 0;
  record.propertiesEnd = length;
  return length <= MAX_PROPERTIES_BYTES;
}

export function propertiesOf(record: AppendRecord): Record<string, string> {
  const { properties, propertiesStart, propertiesEnd } = record;
  return decodeProperties(properties.toString('utf8', propertiesStart, propertiesEnd));
}

/** Takes the properties of a record apart and puts them together again. @returns as {@link setProperties} */
export function changeProperties(
  record: AppendRecord,
  change: (properties: Record<string, string>) => void,
): boolean {
  const properties = propertiesOf(record);
  change(properties);
  return replaceProperties(record, Buffer.from(encodeProperties(properties)));
}

function replaceProperties(record: AppendRecord, bytes: Buffer): boolean {
  record.properties = bytes;
  record.propertiesStart = 0;
  record.propertiesEnd = bytes.length;
  return bytes.length <= MAX_PROPERTIES_BYTES;
}
