import { describe, expect, it } from '@jest/globals';
import {
  encodeCommand,
  FrameError,
  FrameView,
  type RemotingCommand,
  toCommand,
} from '@orbitmq/protocol';
import fc from 'fast-check';
import { FrameInput, InputBudget } from './frame-input.ts';

/** The worked request of the protocol reference, JSON and binary header. */
const GOLDEN_JSON = Buffer.from(
  '00000087000000837b22636f6465223a3130352c226578744669656c6473223a7b22746f706963223a22546f70696354' +
    '657374227d2c22666c6167223a302c226c616e6775616765223a224a415641222c226f7061717565223a372c22736572' +
    '69616c697a655479706543757272656e74525043223a224a534f4e222c2276657273696f6e223a3430397d',
  'hex',
);
const GOLDEN_BINARY = Buffer.from(
  '0000002d010000290069000199000000070000000000000000000000140005746f70696300000009546f70696354657374',
  'hex',
);

const NONE = Buffer.alloc(0);

function command(opaque: number, bodyBytes: number, serializeType: 0 | 1): RemotingCommand {
  return {
    code: 310,
    language: 0,
    version: 407,
    opaque,
    flag: 0,
    extFields: { a: 'PID', i: 'TAGS\u0001A\u0002"ü"' },
    body: bodyBytes === 0 ? undefined : Buffer.alloc(bodyBytes, opaque & 0xff),
    serializeType,
  };
}

interface Fed {
  readonly input: FrameInput;
  readonly budget: InputBudget;
  readonly seen: RemotingCommand[];
}

function newInput(limitBytes = 1 << 28): Fed {
  const seen: RemotingCommand[] = [];
  const budget = new InputBudget(limitBytes);
  const input = new FrameInput(new FrameView(), budget, (view) => seen.push(toCommand(view)));
  return { input, budget, seen };
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function json(text: string): Buffer {
  return Buffer.concat([int32(4 + text.length), int32(text.length), Buffer.from(text)]);
}

const MALFORMED: [string, Buffer][] = [
  ['a length above the limit', int32(16_777_217)],
  ['a negative length', int32(-1)],
  ['a length without a header', int32(3)],
  ['a header longer than its frame', Buffer.concat([int32(20), int32(17)])],
  ['an unknown serialize type', Buffer.concat([int32(20), int32(0x02_000010)])],
  ['half a JSON header', json('{"code":1,')],
  ['no JSON', json('hello')],
  ['a code beyond int32', json('{"code":2147483648}')],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  [
    'a binary header that is cut off',
    Buffer.concat([int32(14), int32(0x01_00000a), Buffer.alloc(10)]),
  ],
  [
    'a binary remark out of range',
    Buffer.concat([int32(25), int32(0x01_000015), Buffer.alloc(13), int32(99), int32(0)]),
  ],
];

describe('frames in what a connection reads', () => {
  it('are the same wherever the bytes are split', () => {
    const stream = Buffer.concat([GOLDEN_JSON, GOLDEN_BINARY, encodeCommand(command(9, 40, 0))]);
    const whole = newInput();
    whole.input.feed(stream);
    expect(whole.seen.map(({ code, opaque }) => [code, opaque])).toEqual([
      [105, 7],
      [105, 7],
      [310, 9],
    ]);
    expect(whole.seen[0]?.extFields).toEqual({ topic: 'TopicTest' });
    expect(whole.seen[1]?.extFields).toEqual({ topic: 'TopicTest' });
    for (let at = 0; at <= stream.length; at++) {
      const { input, seen, budget } = newInput();
      input.feed(stream.subarray(0, at));
      input.feed(stream.subarray(at));
      expect(seen).toEqual(whole.seen);
      expect(budget.usedBytes).toBe(0);
    }
    const { input, seen } = newInput();
    for (const byte of stream) input.feed(Buffer.from([byte]));
    expect(seen).toEqual(whole.seen);
  });

  it('are the same however the bytes are cut and wherever handling pauses', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(200_000), fc.constantFrom<0 | 1>(0, 1)), { maxLength: 6 }),
        fc.array(fc.nat(70_000), { maxLength: 30 }),
        fc.nat(3),
        (frames, cuts, pauseEvery) => {
          const sent = frames.map(([bodyBytes, type], index) => command(index, bodyBytes, type));
          const stream = Buffer.concat(sent.map(encodeCommand));
          const seen: RemotingCommand[] = [];
          const budget = new InputBudget(1 << 28);
          const input: FrameInput = new FrameInput(new FrameView(), budget, (view) => {
            seen.push(toCommand(view));
            if (pauseEvery > 0 && seen.length % pauseEvery === 0) input.pause();
          });
          let position = 0;
          const readBuffer = Buffer.alloc(stream.length);
          for (const cut of [...cuts, stream.length]) {
            const count = stream.copy(readBuffer, 0, position, position + cut);
            input.feed(readBuffer.subarray(0, count));
            // Other connections read into the same buffer before this one goes on.
            readBuffer.fill(0xff);
            position += count;
            input.resume();
          }
          for (let turn = 0; turn <= frames.length; turn++) input.resume();
          expect(seen.map(({ opaque }) => opaque)).toEqual(sent.map(({ opaque }) => opaque));
          expect(seen.every(({ body }, at) => (body ?? NONE).equals(sent[at]?.body ?? NONE))).toBe(
            true,
          );
          expect(budget.usedBytes).toBe(0);
          expect(input.waitingBytes).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each(MALFORMED)('are refused when there is %s, whole or byte by byte', (_name, bytes) => {
    expect(() => newInput().input.feed(bytes)).toThrow(FrameError);
    const inPieces = newInput();
    expect(() => {
      for (const byte of bytes) inPieces.input.feed(Buffer.from([byte]));
    }).toThrow(FrameError);
  });

  it('make nothing throw anything but FrameError, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 64 })),
        fc.nat(200),
        (chunks, headerBytes) => {
          const { input } = newInput();
          const prefix = Buffer.from([
            0,
            0,
            0,
            headerBytes + 4,
            headerBytes & 1,
            0,
            0,
            headerBytes,
          ]);
          let thrown: unknown;
          try {
            input.feed(prefix);
            for (const chunk of chunks) input.feed(Buffer.from(chunk));
          } catch (error) {
            thrown = error;
          }
          expect(thrown === undefined || thrown instanceof FrameError).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('take memory in step with what came, not with what was announced', () => {
    const { input, budget } = newInput();
    const announced = Buffer.alloc(100);
    announced.writeInt32BE(16_000_000, 0);
    announced.writeInt32BE(4_000, 4);
    input.feed(announced);
    expect(budget.usedBytes).toBeLessThanOrEqual(65_536);
    input.close();
    expect(budget.usedBytes).toBe(0);
  });

  it('do not grow beyond what all connections may take together', () => {
    const { input } = newInput(100_000);
    const frame = encodeCommand(command(1, 200_000, 0));
    expect(() => input.feed(frame.subarray(0, 150_000))).toThrow(
      expect.objectContaining({ code: 'INPUT_MEMORY_FULL' }),
    );
  });

  it('cost copying in proportion to their size when they come in small pieces', () => {
    const frame = encodeCommand(command(1, 8_000_000, 1));
    const { input, seen, budget } = newInput();
    const sizes = new Set<number>();
    for (let at = 0; at < frame.length; at += 1460) {
      input.feed(frame.subarray(at, at + 1460));
      sizes.add(budget.usedBytes);
    }
    expect(seen[0]?.body?.length).toBe(8_000_000);
    // Each buffer the frame moved to was allocated, and copied into, once.
    const allocated = [...sizes].reduce((sum, size) => sum + size, 0);
    expect(allocated).toBeLessThan(3 * frame.length);
  });
});
