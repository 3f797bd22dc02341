/**
 * Body of a batch send: elements back to back.
 *
 *   offset  size  field
 *   0       4     totalSize = 22 + n + p
 *   4       4     magic, 0
 *   8       4     body CRC, 0
 *   12      4     flag
 *   16      4+n   body
 *   20+n    2+p   properties
 *
 * Source: MessageDecoder.java (encodeMessage).
 */

/** One message of a batch. */
export interface BatchElement {
  readonly flag: number;
  readonly body: Buffer;
  /** Encoded, see `encodeProperties`. */
  readonly properties: Buffer;
}

export const BATCH_ELEMENT_FIXED_BYTES = 22;

export function encodeBatchBody(elements: readonly BatchElement[]): Buffer {
  let totalBytes = 0;
  for (const { body, properties } of elements) {
    totalBytes += BATCH_ELEMENT_FIXED_BYTES + body.length + properties.length;
  }
  const encoded = Buffer.alloc(totalBytes);
  let position = 0;
  for (const { flag, body, properties } of elements) {
    encoded.writeInt32BE(BATCH_ELEMENT_FIXED_BYTES + body.length + properties.length, position);
    encoded.writeInt32BE(flag, position + 12);
    encoded.writeInt32BE(body.length, position + 16);
    position += 20;
    position += body.copy(encoded, position);
    position = encoded.writeInt16BE(properties.length, position);
    position += properties.copy(encoded, position);
  }
  return encoded;
}
