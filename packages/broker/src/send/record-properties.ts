import { decodeProperties, encodeProperties } from '@orbitmq/protocol';
import type { AppendRecord } from '@orbitmq/store';
import { MAX_PROPERTIES_BYTES } from './message-properties.ts';

const PROPERTY_END = 2;

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
  const added = encodeProperties(changes);
  const addedBytes = Buffer.byteLength(added);
  const bytes = Buffer.allocUnsafe(present.length + 1 + addedBytes);
  let length = present.copy(bytes);
  if (length > 0 && bytes[length - 1] !== PROPERTY_END) bytes[length++] = PROPERTY_END;
  length += bytes.write(added, length);
  return replaceProperties(record, bytes.subarray(0, length));
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
