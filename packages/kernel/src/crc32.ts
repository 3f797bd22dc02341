import { crc32 as nativeCrc32 } from 'node:zlib';
import { RecentViews } from './short-copies.ts';

/** From this length on the native routine wins over the table walk, its call costs about 150 ns. */
const NATIVE_FROM_BYTES = 256;
const TABLES = buildTables();

/** Eight tables of 256 entries: table t advances a byte that stands t bytes before the current one. */
function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    }
    tables[byte] = remainder;
  }
  for (let byte = 0; byte < 256; byte++) {
    let remainder = tables[byte] ?? 0;
    for (let table = 1; table < 8; table++) {
      remainder = (tables[remainder & 255] ?? 0) ^ (remainder >>> 8);
      tables[table * 256 + byte] = remainder;
    }
  }
  return tables;
}

/**
 * CRC-32 (IEEE, polynomial 0xEDB88320) of `buffer[start, end)`, masked to 31 bits as RocketMQ stores it.
 *
 * @returns an integer in [0, 2^31)
 *
 * Source: UtilAll.crc32.
 */
export function crc32(buffer: Uint8Array, start = 0, end = buffer.length): number {
  if (end - start >= NATIVE_FROM_BYTES) {
    return nativeCrc32(buffer.subarray(start, end)) & 0x7fffffff;
  }
  return tableCrc32(buffer, start, end);
}

const views = new RecentViews();

function tableCrc32(bytes: Uint8Array, start: number, end: number): number {
  // Two integers are had from a view in half the time that eight bytes take.
  const view = views.of(bytes);
  let crc = -1;
  let position = start;
  for (; end - position >= 8; position += 8) {
    crc = advance(crc, view.getInt32(position, true), view.getInt32(position + 4, true));
  }
  for (; position < end; position++) {
    crc = (TABLES[(crc ^ (bytes[position] as number)) & 255] as number) ^ (crc >>> 8);
  }
  return ~crc & 0x7fffffff;
}

/** Eight bytes on, as two little-endian integers. Every index is in range; `as number` only tells the compiler so. */
function advance(crc: number, first: number, second: number): number {
  const low = crc ^ first;
  return (
    (TABLES[1792 + (low & 255)] as number) ^
    (TABLES[1536 + ((low >>> 8) & 255)] as number) ^
    (TABLES[1280 + ((low >>> 16) & 255)] as number) ^
    (TABLES[1024 + (low >>> 24)] as number) ^
    (TABLES[768 + (second & 255)] as number) ^
    (TABLES[512 + ((second >>> 8) & 255)] as number) ^
    (TABLES[256 + ((second >>> 16) & 255)] as number) ^
    (TABLES[second >>> 24] as number)
  );
}

/**
 * Copies `source[start, end)` to `position` of another buffer's view and computes its CRC-32 as {@link crc32}
 * does, in one pass: for bodies below some {@link NATIVE_FROM_BYTES} bytes.
 */
// oxlint-disable-next-line max-params -- spans as positions: an object per call costs more than the copy
export function copyWithCrc32(
  source: DataView,
  start: number,
  end: number,
  target: DataView,
  position: number,
): number {
  let crc = -1;
  let from = start;
  let to = position;
  for (; end - from >= 8; from += 8, to += 8) {
    const first = source.getInt32(from, true);
    const second = source.getInt32(from + 4, true);
    target.setInt32(to, first, true);
    target.setInt32(to + 4, second, true);
    crc = advance(crc, first, second);
  }
  for (; from < end; from++, to++) {
    const byte = source.getUint8(from);
    target.setUint8(to, byte);
    crc = (TABLES[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  }
  return ~crc & 0x7fffffff;
}
