/**
 * A message's properties as text: `name 0x01 value 0x02 name 0x01 value …`, with or without a 0x02 at
 * the end; Java's release lines differ in that, and read both.
 *
 * Source: MessageDecoder.java (messageProperties2String, string2messageProperties).
 */

export type Properties = Readonly<Record<string, string>>;

export const NAME_END = '\u0001';
export const PROPERTY_END = '\u0002';

/** Text of the properties, with nothing behind the last value. Undefined values are left out. */
export function encodeProperties(properties: Readonly<Record<string, string | undefined>>): string {
  let text = '';
  for (const name in properties) {
    const value = properties[name];
    if (value === undefined) continue;
    text += `${text === '' ? '' : PROPERTY_END}${name}${NAME_END}${value}`;
  }
  return text;
}

/**
 * Properties of a text. Empty names and values are dropped and the last of two equal names wins, as
 * in Java; a value may hold 0x01.
 */
export function decodeProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = Object.create(null) as Record<string, string>;
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf(PROPERTY_END, start);
    if (end < 0) end = text.length;
    const nameEnd = text.indexOf(NAME_END, start);
    if (nameEnd > start && nameEnd < end - 1) {
      properties[text.slice(start, nameEnd)] = text.slice(nameEnd + 1, end);
    }
    start = end + 1;
  }
  return properties;
}

/** The value of one property without decoding the others; undefined when there is none. */
export function propertyOf(text: string, name: string): string | undefined {
  let start = 0;
  let value: string | undefined;
  while (start < text.length) {
    let end = text.indexOf(PROPERTY_END, start);
    if (end < 0) end = text.length;
    if (text.startsWith(name, start) && text[start + name.length] === NAME_END) {
      const valueStart = start + name.length + 1;
      if (valueStart < end) value = text.slice(valueStart, end);
    }
    start = end + 1;
  }
  return value;
}
