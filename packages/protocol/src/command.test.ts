import { describe, expect, it } from '@jest/globals';
import { GrowingBuffer } from '@orbitmq/kernel';
import fc from 'fast-check';
import { appendCommand, encodeCommand, type RemotingCommand, toCommand } from './command.ts';
import { FrameError } from './frame/frame-error.ts';
import { FrameView, SerializeType } from './frame/frame-view.ts';
import { readFrame } from './frame/read-frame.ts';

/** Frames written by Java's RemotingCommand. */
const JSON_REQUEST = Buffer.from(
  '000000870000008' +
    '37b22636f6465223a3130352c226578744669656c6473223a7b22746f706963223a22546f70696354657374227d2c22666c6167223a302c226c616e6775616765223a224a415641222c226f7061717565223a372c2273657269616c697a655479706543757272656e74525043223a224a534f4e222c2276657273696f6e223a3430397d',
  'hex',
);
const BINARY_REQUEST = Buffer.from(
  '0000002d01000029006900019900000007000000000000000000000014' +
    '0005746f70696300000009546f70696354657374',
  'hex',
);
const BINARY_RESPONSE = Buffer.from(
  '000000210100001d00110001990000000700000001000000086e6f20726f75746500000000',
  'hex',
);

function decode(frame: Buffer): RemotingCommand {
  const view = new FrameView();
  expect(readFrame(frame, 0, frame.length, view)).toBe(frame.length);
  return toCommand(view);
}

function jsonFrame(header: string): Buffer {
  const frame = Buffer.alloc(8 + Buffer.byteLength(header));
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt32BE(Buffer.byteLength(header), 4);
  frame.write(header, 8);
  return frame;
}

function raisedBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

const ROUTE_REQUEST: RemotingCommand = {
  code: 105,
  language: 0,
  version: 409,
  opaque: 7,
  flag: 0,
  extFields: { topic: 'TopicTest' },
  serializeType: SerializeType.json,
};

const commands = (): fc.Arbitrary<RemotingCommand> =>
  fc.record({
    code: fc.integer({ min: 0, max: 32_767 }),
    language: fc.integer({ min: 0, max: 13 }),
    version: fc.integer({ min: 0, max: 612 }),
    opaque: fc.integer(),
    flag: fc.integer({ min: 0, max: 3 }),
    remark: fc.option(fc.string({ unit: 'grapheme', minLength: 1 }), { nil: undefined }),
    extFields: fc.dictionary(
      fc.stringMatching(/^[A-Za-z_]{1,12}$/),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      { noNullPrototype: true },
    ),
    body: fc.option(
      fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      { nil: undefined },
    ),
    serializeType: fc.constantFrom(SerializeType.json, SerializeType.binary),
  });

describe('a frame', () => {
  it('is written as Java writes it', () => {
    expect(encodeCommand(ROUTE_REQUEST)).toEqual(JSON_REQUEST);
    expect(encodeCommand({ ...ROUTE_REQUEST, serializeType: SerializeType.binary })).toEqual(
      BINARY_REQUEST,
    );
    expect(
      encodeCommand({
        code: 17,
        language: 0,
        version: 409,
        opaque: 7,
        flag: 1,
        remark: 'no route',
        serializeType: SerializeType.binary,
      }),
    ).toEqual(BINARY_RESPONSE);
  });

  it('is read as Java wrote it', () => {
    expect(decode(JSON_REQUEST)).toMatchObject({ ...ROUTE_REQUEST });
    expect(decode(BINARY_REQUEST)).toMatchObject({
      ...ROUTE_REQUEST,
      serializeType: SerializeType.binary,
    });
    expect(decode(BINARY_RESPONSE)).toMatchObject({ code: 17, flag: 1, remark: 'no route' });
  });

  it('survives a round trip in both encodings', () => {
    fc.assert(
      fc.property(commands(), (command) => {
        const decoded = decode(encodeCommand(command));
        expect({ ...decoded, extFields: { ...decoded.extFields } }).toEqual(command);
        const output = new GrowingBuffer(16);
        appendCommand(command, output);
        expect(output.take()).toEqual(encodeCommand(command));
      }),
    );
  });

  it('is asked to wait for while any of its bytes is missing', () => {
    const view = new FrameView();
    for (let length = 0; length < JSON_REQUEST.length; length++) {
      expect(readFrame(JSON_REQUEST, 0, length, view)).toBe(0);
    }
  });

  it('that is damaged anywhere raises nothing but FrameError', () => {
    const view = new FrameView();
    const readable = fc.constantFrom(JSON_REQUEST, BINARY_REQUEST, BINARY_RESPONSE);
    fc.assert(
      fc.property(readable, fc.nat(200), fc.nat(255), (frame, at, byte) => {
        const damaged = Buffer.from(frame);
        damaged[at % frame.length] = byte;
        const raised = raisedBy(() => {
          readFrame(damaged, 0, damaged.length, view);
          view.fields();
        });
        expect(raised === undefined || raised instanceof FrameError).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('may spell its JSON header in any way that fastjson reads', () => {
    const command = decode(
      jsonFrame(
        ' { "unknown" : [1,{"a":"}"},null], "opaque":"12", "extFields":{"a":1,"b":true,"c":null,"d":"\\u4e2d\\"x"},\n"code":10 } ',
      ),
    );
    expect(command.code).toBe(10);
    expect(command.opaque).toBe(12);
    expect({ ...command.extFields }).toEqual({ a: '1', b: 'true', d: '中"x' });
  });

  it('is the same with blanks in its JSON header and without', () => {
    fc.assert(
      fc.property(commands(), (command) => {
        const compact = encodeCommand({ ...command, serializeType: SerializeType.json });
        const headerEnd = 8 + compact.readUIntBE(5, 3);
        const header: unknown = JSON.parse(compact.toString('utf8', 8, headerEnd));
        const spaced = decode(jsonFrame(JSON.stringify(header, undefined, 2)));
        expect({ ...spaced, body: undefined }).toEqual({ ...decode(compact), body: undefined });
      }),
    );
  });

  it.each([
    ['[]'],
    ['{"code":1'],
    ['{"code":2147483648}'],
    ['{"opaque":-2147483649}'],
    ['{"code":"x"}'],
    ['{"code" 1}'],
    ['{"a":"b}'],
    ['{}x'],
    [''],
  ])('with the header %s is refused', (header) => {
    expect(() => decode(jsonFrame(header))).toThrow(FrameError);
  });

  it.each([[-1], [3], [16_777_217]])(
    'of length %d is refused before its bytes are waited for',
    (length) => {
      const prefix = Buffer.alloc(8);
      prefix.writeInt32BE(length, 0);
      expect(() => readFrame(prefix, 0, 8, new FrameView())).toThrow(/frame length/);
    },
  );
});
