/**
 * One LZ4 block: sequences of a token (literal count, match length - 4), literals, a distance back (2, little
 * endian), and match lengths beyond 15 as bytes of 255 and a rest.
 *
 * Greedy, with a table of the last place where each four bytes were seen. Source: the LZ4 block format.
 */
const MIN_MATCH = 4;
/** The last five bytes are literals, and no match begins in the last twelve. */
const LAST_LITERALS = 5;
const MATCH_FREE_END = 12;
const MAX_DISTANCE = 0xffff;
const HASH_BITS = 14;
const HASH_FACTOR = 0x9e37_79b1;
/** After so many places without a match, as a power of two, steps grow: what cannot be compressed is soon done with. */
const SKIP_BITS = 6;

export function compressBlock(block: Buffer): Buffer {
  const table = new Int32Array(1 << HASH_BITS).fill(-1);
  const output = Buffer.allocUnsafe(block.length + Math.ceil(block.length / 255) + 16);
  const lastStart = block.length - MATCH_FREE_END;
  let written = 0;
  let anchor = 0;
  let position = 0;
  let misses = 1 << SKIP_BITS;
  while (position <= lastStart) {
    const word = wordAt(block, position);
    const slot = Math.imul(word, HASH_FACTOR) >>> (32 - HASH_BITS);
    const candidate = table[slot] as number;
    table[slot] = position;
    const isMatch =
      candidate >= 0 && position - candidate <= MAX_DISTANCE && wordAt(block, candidate) === word;
    if (!isMatch) {
      position += misses++ >> SKIP_BITS;
      continue;
    }
    misses = 1 << SKIP_BITS;
    const length = matchLength(block, candidate, position);
    written = writeSequence(output, written, block.subarray(anchor, position), {
      distance: position - candidate,
      length,
    });
    position += length;
    anchor = position;
  }
  written = writeSequence(output, written, block.subarray(anchor), undefined);
  return output.subarray(0, written);
}

function matchLength(block: Buffer, candidate: number, position: number): number {
  const limit = block.length - LAST_LITERALS;
  let end = position + MIN_MATCH;
  let from = candidate + MIN_MATCH;
  while (end < limit && block[end] === block[from]) {
    end++;
    from++;
  }
  return end - position;
}

/** @returns where the next sequence goes */
// oxlint-disable-next-line max-params -- a sequence and its place
function writeSequence(
  output: Buffer,
  start: number,
  literals: Buffer,
  match: { readonly distance: number; readonly length: number } | undefined,
): number {
  const extra = match === undefined ? 0 : match.length - MIN_MATCH;
  output[start] = (Math.min(literals.length, 0xf) << 4) | Math.min(extra, 0xf);
  let position = writeRest(output, start + 1, literals.length);
  position += literals.copy(output, position);
  if (match === undefined) return position;
  position = output.writeUInt16LE(match.distance, position);
  return writeRest(output, position, extra);
}

/** What of a length does not fit the token. */
function writeRest(output: Buffer, start: number, length: number): number {
  if (length < 0xf) return start;
  let rest = length - 0xf;
  let position = start;
  while (rest >= 0xff) {
    output[position++] = 0xff;
    rest -= 0xff;
  }
  output[position++] = rest;
  return position;
}

function wordAt(block: Buffer, position: number): number {
  return (
    (block[position] as number) |
    ((block[position + 1] as number) << 8) |
    ((block[position + 2] as number) << 16) |
    ((block[position + 3] as number) << 24)
  );
}
