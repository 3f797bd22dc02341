/**
 * Zstandard frames, in which clients since 5.0 may compress bodies. The format's own library does the work, as
 * WebAssembly that is loaded with the first such body; its memory grows to what the largest body took.
 *
 * Frames are walked before they are decoded: what they could become, and the memory they ask for, is known
 * then, and the library is given no more room than that.
 *
 * Source: RFC 8878, ZstdCompressor.java.
 */
import { tooLarge } from './bounded-output.ts';

const MAGIC = 0xfd2f_b528;
const SKIPPABLE_MAGIC = 0x184d_2a50;
/** Bits of a frame's descriptor; its low two say how long the dictionary id is, its high two the size. */
const SINGLE_SEGMENT = 0x20;
const CHECKSUM = 0x04;
const DICTIONARY_BYTES = [0, 1, 2, 4];
const SIZE_BYTES = [0, 2, 4, 8];
const REPEATED_BLOCK = 1;
const COMPRESSED_BLOCK = 2;
const MAX_BLOCK_BYTES = 131_072;
const MIN_WINDOW_LOG = 10;
/** Room that the library takes for a body whose size its frame does not say, by the size of the input. */
const ROOM_FACTOR = 20;

interface Zstandard {
  compress(data: Uint8Array, level: number): Uint8Array;
  decompress(data: Uint8Array): Uint8Array;
}

let loading: Promise<Zstandard> | undefined;

function load(): Promise<Zstandard> {
  loading ??= import('@hpcc-js/wasm-zstd').then(({ Zstd }) => Zstd.load());
  return loading;
}

/** @param level 1 to 22 */
export async function compressZstd(body: Buffer, level: number): Promise<Buffer> {
  const zstandard = await load();
  return bufferOf(zstandard.compress(body, level));
}

/**
 * @param maxBytes of the result, and of the window that has to be kept
 * @throws {Error} when the input is no frame, broken or cut short
 * @throws {RocketMqError} BODY_TOO_LARGE
 */
export async function decompressZstd(input: Buffer, maxBytes: number): Promise<Buffer> {
  const roomBytes = Math.min(roomFor(input, maxBytes), maxBytes);
  const zstandard = await load();
  // A frame to be skipped makes the library take room by the size of the input, which it also makes up.
  const skippedBytes = Math.max(0, Math.ceil(roomBytes / ROOM_FACTOR) - input.length);
  const start = Buffer.alloc(8 + skippedBytes);
  start.writeUInt32LE(SKIPPABLE_MAGIC);
  start.writeUInt32LE(skippedBytes, 4);
  const output = zstandard.decompress(Buffer.concat([start, input]));
  if (output.length > maxBytes) throw tooLarge(maxBytes);
  return bufferOf(output);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The most that the frames may become. @throws {RocketMqError} BODY_TOO_LARGE when one wants too large a window */
function roomFor(input: Buffer, maxBytes: number): number {
  let roomBytes = 0;
  let position = 0;
  while (position < input.length) {
    const magic = input.readUInt32LE(position);
    if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
      position += 8 + input.readUInt32LE(position + 4);
    } else if (magic === MAGIC) {
      const frame = walkFrame(input, position, maxBytes);
      position = frame.end;
      roomBytes += frame.roomBytes;
    } else {
      throw new RangeError('no Zstandard frame begins here');
    }
  }
  if (position !== input.length) throw new RangeError('a Zstandard frame is cut short');
  return roomBytes;
}

/** @returns where the next frame begins, and the most that this one may become */
function walkFrame(
  input: Buffer,
  start: number,
  maxBytes: number,
): { readonly end: number; readonly roomBytes: number } {
  const descriptor = input.readUInt8(start + 4);
  const isSingleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
  let position = start + (isSingleSegment ? 5 : 6) + (DICTIONARY_BYTES[descriptor & 3] as number);
  const sizeBytes = SIZE_BYTES[descriptor >> 6] || (isSingleSegment ? 1 : 0);
  // Without a window the content's size is what is set aside.
  const asked = isSingleSegment
    ? contentSize(input, position, sizeBytes)
    : windowSize(input.readUInt8(start + 5));
  if (asked > maxBytes) throw tooLarge(maxBytes);
  position += sizeBytes;
  let roomBytes = 0;
  for (let isLast = false; !isLast; ) {
    const header = input.readUIntLE(position, 3);
    isLast = (header & 1) === 1;
    const kind = (header >> 1) & 3;
    roomBytes += kind === COMPRESSED_BLOCK ? MAX_BLOCK_BYTES : header >> 3;
    position += 3 + (kind === REPEATED_BLOCK ? 1 : header >> 3);
  }
  return { end: position + ((descriptor & CHECKSUM) === 0 ? 0 : 4), roomBytes };
}

function windowSize(descriptor: number): number {
  const baseBytes = 2 ** (MIN_WINDOW_LOG + (descriptor >> 3));
  return baseBytes + (baseBytes / 8) * (descriptor & 7);
}

function contentSize(input: Buffer, position: number, sizeBytes: number): number {
  if (sizeBytes === 8) return Number(input.readBigUInt64LE(position));
  return input.readUIntLE(position, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
}
