/** Changes that bring frames of official clients out of order, from a seed. */
import type { SeededRandom } from '@orbitmq/testkit';

const INTERESTING_BYTES = [0, 1, 2, 0x22, 0x2c, 0x3a, 0x5b, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xff];
const INTERESTING_NUMBERS = [
  '-1',
  '0',
  '2147483647',
  '2147483648',
  '-2147483648',
  '9007199254740993',
  '9223372036854775807',
  '99999999999999999999999999',
  '1e99',
  '-0',
  '',
  'null',
  'true',
  'x',
  '"',
  '{}',
  '[1]',
  '\u0000',
];
const MAX_MUTATIONS = 4;
const MAX_INSERTED_BYTES = 64;
const HEADER_START = 8;

type Mutation = (frame: Buffer, random: SeededRandom, other: Buffer) => Buffer;

const flipBit: Mutation = (frame, random) => {
  const at = random.below(frame.length);
  frame[at] = (frame[at] as number) ^ (1 << random.below(8));
  return frame;
};

const setByte: Mutation = (frame, random) => {
  frame[random.below(frame.length)] = random.pick(INTERESTING_BYTES);
  return frame;
};

const remove: Mutation = (frame, random) => {
  const start = random.below(frame.length);
  const end = start + random.below(Math.min(40, frame.length - start) + 1);
  return Buffer.concat([frame.subarray(0, start), frame.subarray(end)]);
};

const insert: Mutation = (frame, random) => {
  const at = random.below(frame.length + 1);
  const added = Buffer.from(
    Array.from({ length: 1 + random.below(MAX_INSERTED_BYTES) }, () => random.below(256)),
  );
  return Buffer.concat([frame.subarray(0, at), added, frame.subarray(at)]);
};

const repeat: Mutation = (frame, random) => {
  const start = random.below(frame.length);
  const end = start + random.below(Math.min(100, frame.length - start) + 1);
  return Buffer.concat([frame.subarray(0, end), frame.subarray(start)]);
};

const splice: Mutation = (frame, random, other) =>
  Buffer.concat([
    frame.subarray(0, random.below(frame.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ]);

/** Another number in place of one, in header or body. */
const replaceNumber: Mutation = (frame, random) => {
  const text = frame.toString('latin1');
  const numbers = [...text.matchAll(/-?\d+/g)].filter(({ index }) => index >= HEADER_START);
  if (numbers.length === 0) return frame;
  const { 0: found, index } = random.pick(numbers);
  const by = Buffer.from(random.pick(INTERESTING_NUMBERS));
  return Buffer.concat([frame.subarray(0, index), by, frame.subarray(index + found.length)]);
};

const cutOff: Mutation = (frame, random) => frame.subarray(0, random.below(frame.length + 1));

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  remove,
  insert,
  repeat,
  splice,
  replaceNumber,
  replaceNumber,
  replaceNumber,
  cutOff,
];

/** A frame that was changed in one to four places; most have their lengths put right, so that what is behind them is reached. */
export function mutate(golden: Buffer, random: SeededRandom, other: Buffer): Buffer {
  const headerBytes = golden.readUIntBE(5, 3);
  let frame = Buffer.from(golden);
  const count = 1 + random.below(MAX_MUTATIONS);
  for (let index = 0; index < count && frame.length > 0; index++) {
    frame = Buffer.from(random.pick(MUTATIONS)(frame, random, other));
  }
  return random.chance(0.8) ? withLengths(frame, golden, headerBytes) : frame;
}

/** Length and serialize type as they were; the header's length grows and shrinks with the frame. */
function withLengths(frame: Buffer, golden: Buffer, headerBytes: number): Buffer {
  if (frame.length < HEADER_START) return frame;
  const bodyBytes = golden.length - HEADER_START - headerBytes;
  const header = Math.max(0, bodyBytes > 0 ? headerBytes : frame.length - HEADER_START);
  frame.writeInt32BE(frame.length - 4, 0);
  frame[4] = golden[4] as number;
  frame.writeUIntBE(Math.min(header, frame.length - HEADER_START), 5, 3);
  return frame;
}
