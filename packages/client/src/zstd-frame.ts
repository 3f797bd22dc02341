/**
 * Zstandard frames, in which clients since 5.0 may compress bodies. Reading is plain JavaScript and bounded;
 * writing needs the format's own library as WebAssembly, which is loaded when the first body is written.
 *
 * Source: RFC 8878, ZstdCompressor.java.
 */
import { Decompress } from 'fzstd';
import { BoundedOutput, tooLarge } from './bounded-output.ts';

const MAGIC = 0xfd2f_b528;
const SKIPPABLE_MAGIC = 0x184d_2a50;
/** Bits of a frame's descriptor; its low two say how long the dictionary id is, its high two the size. */
const SINGLE_SEGMENT = 0x20;
const CHECKSUM = 0x04;
const DICTIONARY_BYTES = [0, 1, 2, 4];
const SIZE_BYTES = [0, 2, 4, 8];
const REPEATED_BLOCK = 1;
const MIN_WINDOW_LOG = 10;
/** Output comes in pieces for pieces of input, so that what grows too large is noticed early. */
const INPUT_STEP_BYTES = 4_096;

interface Compressor {
  compress(data: Uint8Array, level: number): Uint8Array;
}

let loading: Promise<Compressor> | undefined;

/** @param level 1 to 22 */
export async function compressZstd(body: Buffer, level: number): Promise<Buffer> {
  loading ??= import('@hpcc-js/wasm-zstd').then(({ Zstd }) => Zstd.load());
  const compressor = await loading;
  const bytes = compressor.compress(body, level);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * @param maxBytes of the result, and of the window that has to be kept
 * @throws {Error} when the input is no frame, or cut short
 * @throws {RocketMqError} BODY_TOO_LARGE
 */
export function decompressZstd(input: Buffer, maxBytes: number): Buffer {
  checkFrames(input, maxBytes);
  const output = new BoundedOutput(input.length * 4, maxBytes);
  const decompressor = new Decompress((chunk) => output.append(chunk));
  for (let start = 0; start < input.length; start += INPUT_STEP_BYTES) {
    const end = Math.min(start + INPUT_STEP_BYTES, input.length);
    decompressor.push(input.subarray(start, end), end === input.length);
  }
  return output.take();
}

/** The decoder sets aside what a frame's header asks for, before it has seen anything else. */
function checkFrames(input: Buffer, maxBytes: number): void {
  let position = 0;
  while (position < input.length) {
    const magic = input.readUInt32LE(position);
    if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
      position += 8 + input.readUInt32LE(position + 4);
    } else if (magic === MAGIC) {
      position = frameEnd(input, position, maxBytes);
    } else {
      throw new RangeError('no Zstandard frame begins here');
    }
  }
  if (position !== input.length) throw new RangeError('a Zstandard frame is cut short');
}

/** @returns where the next frame begins */
function frameEnd(input: Buffer, start: number, maxBytes: number): number {
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
  for (let isLast = false; !isLast; ) {
    const header = input.readUIntLE(position, 3);
    isLast = (header & 1) === 1;
    const isRepeated = ((header >> 1) & 3) === REPEATED_BLOCK;
    position += 3 + (isRepeated ? 1 : header >> 3);
  }
  return position + ((descriptor & CHECKSUM) === 0 ? 0 : 4);
}

function windowSize(descriptor: number): number {
  const baseBytes = 2 ** (MIN_WINDOW_LOG + (descriptor >> 3));
  return baseBytes + (baseBytes / 8) * (descriptor & 7);
}

function contentSize(input: Buffer, position: number, sizeBytes: number): number {
  if (sizeBytes === 8) return Number(input.readBigUInt64LE(position));
  return input.readUIntLE(position, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
}
