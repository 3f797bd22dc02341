/** Properties of messages as bytes: what their readers share. */

export const NAME_END_BYTE = 1;
export const PROPERTY_END_BYTE = 2;

/** Properties whose presence sends a message another way than straight into its queue. */
export const SpecialProperty = {
  delay: 1,
  transaction: 2,
  timer: 4,
  multiDispatch: 8,
} as const;

/** Whether `buffer[start, end)` is `text`, which is ASCII. */
export function isText(buffer: Buffer, start: number, end: number, text: string): boolean {
  return end - start === text.length && startsWith(buffer, start, text);
}

/** Whether `text`, which is ASCII, stands at `start`. */
export function startsWith(buffer: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (buffer[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
