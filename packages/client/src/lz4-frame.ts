/**
 * LZ4 frames, in which clients since 5.0 may compress bodies.
 *
 *   offset  size  field
 *   0       4     magic, 0x184D2204 little endian
 *   4       1     flags: version 01, independent blocks, block checksums, content size, content checksum, 0, dictionary
 *   5       1     largest block: 4 = 64 KiB … 7 = 4 MiB, in bits 4 to 6
 *   6       0-12  content size (8) and dictionary id (4), when flagged
 *   +0      1     checksum of the descriptor
 *   +1      …     blocks: size (4, its highest bit says "not compressed"), bytes, checksum (4) when flagged
 *   …       4     0, the end; then the content's checksum (4) when flagged
 *
 * Checksums are passed over: the record that holds the body has its own. What is written has neither
 * checksums nor sizes, as Java's `LZ4FrameOutputStream` writes it.
 *
 * Own code, since the registry's pure libraries for this format neither bound what a frame grows to nor
 * notice one that is cut short.
 *
 * Source: the LZ4 frame format 1.6.1, Lz4Compressor.java.
 */
import { BoundedOutput } from './bounded-output.ts';
import { compressBlock } from './lz4-block.ts';

const MAGIC = 0x184d_2204;
const SKIPPABLE_MAGIC = 0x184d_2a50;
const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const Flag = {
  independentBlocks: 0x20,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  dictionary: 0x01,
} as const;
const UNCOMPRESSED = 0x8000_0000;
const MAX_BLOCK_BYTES = 4 * 1024 * 1024;
/** Magic, flags 0x60, blocks of 4 MiB, and the checksum of these two. */
const FRAME_START = Buffer.from('04224d18607073', 'hex');
const END_MARK = Buffer.alloc(4);

/** One frame with independent blocks of 4 MiB. */
export function compressLz4(body: Buffer): Buffer {
  const parts: Buffer[] = [FRAME_START];
  for (let start = 0; start < body.length; start += MAX_BLOCK_BYTES) {
    const block = body.subarray(start, start + MAX_BLOCK_BYTES);
    const compressed = compressBlock(block);
    const isSmaller = compressed.length < block.length;
    const bytes = isSmaller ? compressed : block;
    const size = Buffer.alloc(4);
    size.writeUInt32LE(isSmaller ? bytes.length : (bytes.length | UNCOMPRESSED) >>> 0);
    parts.push(size, bytes);
  }
  parts.push(END_MARK);
  return Buffer.concat(parts);
}

/**
 * @param maxBytes of the result
 * @throws {RangeError} when the input is no frame, or cut short
 * @throws {RocketMqError} BODY_TOO_LARGE
 */
export function decompressLz4(input: Buffer, maxBytes: number): Buffer {
  const output = new BoundedOutput(input.length * 4, maxBytes);
  let position = 0;
  while (position < input.length) {
    const magic = input.readUInt32LE(position);
    if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
      position += 8 + input.readUInt32LE(position + 4);
    } else if (magic === MAGIC) {
      position = readFrame(input, position + 4, output);
    } else {
      throw new RangeError('no LZ4 frame begins here');
    }
  }
  return output.take();
}

/** @returns where the frame ends */
function readFrame(input: Buffer, start: number, output: BoundedOutput): number {
  const flags = input.readUInt8(start);
  if ((flags & VERSION_MASK) !== VERSION) throw new RangeError('the LZ4 version is not known');
  if ((flags & Flag.dictionary) !== 0) throw new RangeError('an LZ4 dictionary is not known');
  let position = start + 3 + ((flags & Flag.contentSize) === 0 ? 0 : 8);
  const checksumBytes = (flags & Flag.blockChecksum) === 0 ? 0 : 4;
  for (;;) {
    const size = input.readUInt32LE(position);
    position += 4;
    if (size === 0) break;
    const sizeBytes = (size & ~UNCOMPRESSED) >>> 0;
    const end = position + sizeBytes;
    if (end > input.length) throw new RangeError('an LZ4 block is cut short');
    if (size >= UNCOMPRESSED) output.append(input.subarray(position, end));
    else {
      const reach = (flags & Flag.independentBlocks) === 0 ? 0 : output.length;
      readBlock(input.subarray(position, end), output, reach);
    }
    position = end + checksumBytes;
  }
  return position + ((flags & Flag.contentChecksum) === 0 ? 0 : 4);
}

/** @param reach matches may not begin before this place of the output */
function readBlock(block: Buffer, output: BoundedOutput, reach: number): void {
  let position = 0;
  /** The rest of a length whose first four bits are full. */
  const lengthFrom = (first: number): number => {
    let length = first;
    if (first !== 0xf) return length;
    for (;;) {
      const more = block.readUInt8(position++);
      length += more;
      if (more !== 0xff) return length;
    }
  };
  while (position < block.length) {
    const token = block.readUInt8(position++);
    const literals = lengthFrom(token >> 4);
    if (position + literals > block.length) throw new RangeError('LZ4 literals are cut short');
    output.append(block.subarray(position, position + literals));
    position += literals;
    // The last sequence has literals only.
    if (position === block.length) return;
    const distance = block.readUInt16LE(position);
    position += 2;
    const length = lengthFrom(token & 0xf) + 4;
    const from = output.length - distance;
    if (distance === 0 || from < reach) throw new RangeError('an LZ4 match reaches too far back');
    repeat(output, from, length);
  }
  throw new RangeError('an LZ4 block ends without literals');
}

/** Copies what may overlap with itself. */
function repeat(output: BoundedOutput, from: number, length: number): void {
  output.reserve(length);
  const { bytes, length: at } = output;
  const distance = at - from;
  if (distance === 1) bytes.fill(bytes[from] as number, at, at + length);
  else if (distance >= length) bytes.copyWithin(at, from, from + length);
  else
    for (let index = 0; index < length; index++) bytes[at + index] = bytes[from + index] as number;
  output.length = at + length;
}
