import { describe, expect, it } from '@jest/globals';
import { GrowingBuffer, javaHashCode } from '@orbitmq/kernel';
import {
  encodeCommand,
  encodeHost,
  encodeMessageId,
  FrameView,
  LANGUAGE_OTHER,
  type RemotingCommand,
  readFrame,
  SerializeType,
  toCommand,
} from '@orbitmq/protocol';
import fc from 'fast-check';
import { AcknowledgementQueue } from './acknowledgement-queue.ts';
import { MessageProperties } from './message-properties.ts';
import { SpecialProperty } from './property-bytes.ts';
import { SendAnswerWriter, writeDecimal } from './send-answer.ts';
import { readSendRequest, SendRequest } from './send-request.ts';

const V2_FIELDS = {
  a: 'PID',
  b: 'T',
  c: 'TBW102',
  d: '4',
  e: '3',
  f: '1',
  g: '1700000000000',
  h: '9',
  i: 'TAGS\u0001A',
  j: '2',
  k: 'false',
  l: '16',
  m: 'true',
};
const V1_FIELDS = {
  producerGroup: 'PID',
  topic: 'T',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: '4',
  queueId: '3',
  sysFlag: '1',
  bornTimestamp: '1700000000000',
  flag: '9',
  properties: 'TAGS\u0001A',
  reconsumeTimes: '2',
  unitMode: 'false',
  maxReconsumeTimes: '16',
  batch: 'true',
};

function frameOf(
  extFields: Record<string, string>,
  serializeType: SerializeType = SerializeType.json,
): FrameView {
  const frame = encodeCommand({
    code: 310,
    language: LANGUAGE_OTHER,
    version: 407,
    opaque: 1,
    flag: 0,
    extFields,
    serializeType,
  });
  const view = new FrameView();
  readFrame(frame, 0, frame.length, view);
  return view;
}

const STAMP = { cluster: 'C1', regionId: 'R1', isTraceOn: true };
const STAMPED = 'CLUSTER\u0001C1\u0002MSG_REGION\u0001R1\u0002TRACE_ON\u0001true';

function read(text: string): MessageProperties {
  const view = frameOf({ i: text });
  const properties = new MessageProperties(STAMP);
  expect(properties.read(view, 0)).toBe(true);
  return properties;
}

describe('the header of a send', () => {
  const cases = [
    ['V1', V1_FIELDS, SerializeType.json],
    ['V1', V1_FIELDS, SerializeType.binary],
    ['V2', V2_FIELDS, SerializeType.json],
    ['V2', V2_FIELDS, SerializeType.binary],
  ] as const;
  it.each(cases)('is read in its %s form', (_form, fields, serializeType) => {
    const view = frameOf(fields, serializeType);
    const request = new SendRequest();
    expect(readSendRequest(view, request)).toBeUndefined();
    expect(view.value(request.topicField)).toBe('T');
    expect(view.value(request.producerGroupField)).toBe('PID');
    expect(view.value(request.defaultTopicField)).toBe('TBW102');
    expect(view.value(request.propertiesField)).toBe('TAGS\u0001A');
    expect(request).toMatchObject({
      defaultTopicQueueNums: 4,
      queueId: 3,
      sysFlag: 1,
      bornTimestamp: 1700000000000,
      flag: 9,
      reconsumeTimes: 2,
      maxReconsumeTimes: 16,
      isBatch: true,
    });
  });

  it.each(['topic', 'producerGroup', 'queueId', 'bornTimestamp', 'sysFlag', 'flag'] as const)(
    'without %s is refused by that name',
    (name) => {
      const { [name]: _, ...fields } = V1_FIELDS;
      expect(readSendRequest(frameOf(fields), new SendRequest())).toBe(name);
    },
  );
});

describe('the properties of a message', () => {
  it('lose WAIT, gain what the broker says of itself and keep their order', () => {
    const properties = read(
      'KEYS\u0001k\u0002WAIT\u0001false\u0002TAGS\u0001TagA\u0002x\u0001中\u0002',
    );
    expect(properties.text()).toBe(
      `KEYS\u0001k\u0002TAGS\u0001TagA\u0002x\u0001中\u0002${STAMPED}`,
    );
    expect(properties.isWaiting).toBe(false);
    expect(properties.tagsCode).toBe(2598919);
    expect(properties.special).toBe(0);
  });

  it('that another broker said of itself do not stay', () => {
    const other = 'CLUSTER\u0001C2\u0002MSG_REGION\u0001R2\u0002TRACE_ON\u0001false';
    expect(read(`a\u0001b\u0002${other}\u0002c\u0001d`).text()).toBe(
      `a\u0001b\u0002c\u0001d\u0002${STAMPED}`,
    );
  });

  it('have the tag hash that Java computes, whatever the characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (tag) => {
        const text = tag.replaceAll('\u0001', '').replaceAll('\u0002', '');
        fc.pre(text !== '' && Buffer.from(text).toString() === text);
        expect(read(`TAGS\u0001${text}`).tagsCode).toBe(javaHashCode(text));
      }),
    );
  });

  it('tell what sends a message another way', () => {
    expect(read('DELAY\u00013').special).toBe(SpecialProperty.delay);
    expect(read('TRAN_MSG\u0001true').special).toBe(SpecialProperty.transaction);
    expect(read('TRAN_MSG\u0001trues').special).toBe(0);
    expect(read('TIMER_DELIVER_MS\u00011').special).toBe(SpecialProperty.timer);
    expect(read('WAITS\u0001false').isWaiting).toBe(true);
  });

  it('that no record can carry are refused', () => {
    const properties = new MessageProperties(STAMP);
    expect(properties.read(frameOf({ i: `a\u0001${'x'.repeat(32_767)}` }), 0)).toBe(false);
    expect(properties.read(frameOf({ i: `a\u0001${'x'.repeat(300_000)}` }), 0)).toBe(false);
    expect(properties.read(frameOf({ i: 'a\u0001b' }), -1)).toBe(true);
    expect(properties.text()).toBe(STAMPED);
  });
});

describe('an answer to a send', () => {
  const storeHost = encodeHost({ ip: '10.0.0.9', port: 10911 });
  const options = { storeHost, regionId: 'DefaultRegion', isTraceOn: true };

  it.each([
    [SerializeType.json, undefined],
    [SerializeType.binary, undefined],
    [SerializeType.json, 'AA,BB'],
    [SerializeType.binary, 'AA,BB'],
  ] as const)('is a well-formed frame in encoding %d with ids %s', (serializeType, messageIds) => {
    const numbers = fc.maxSafeNat();
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(1024),
        numbers,
        numbers,
        (opaque, queueId, offset, physical) => {
          const output = new GrowingBuffer(8);
          const writer = new SendAnswerWriter(0, undefined, options);
          writer.write(output, serializeType, opaque, queueId, offset, physical, messageIds);
          const view = new FrameView();
          expect(readFrame(output.buffer, 0, output.length, view)).toBe(output.length);
          const expected: RemotingCommand = {
            code: 0,
            language: LANGUAGE_OTHER,
            version: 407,
            opaque,
            flag: 1,
            serializeType,
          };
          const command = toCommand(view);
          expect(command).toMatchObject(expected);
          expect({ ...command.extFields }).toEqual({
            MSG_REGION: 'DefaultRegion',
            TRACE_ON: 'true',
            msgId: messageIds ?? encodeMessageId(storeHost, physical),
            queueId: String(queueId),
            queueOffset: String(offset),
          });
        },
      ),
    );
  });

  it('has its numbers in decimal', () => {
    const buffer = Buffer.alloc(32);
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.nat(1000)), (value) => {
        expect(buffer.toString('latin1', 0, writeDecimal(buffer, 0, value))).toBe(String(value));
      }),
    );
  });
});

describe('the acknowledgement queue', () => {
  it('hands over what ends at or before the offset, in order, across growth', () => {
    const queue = new AcknowledgementQueue<string>(10_000);
    const released: string[] = [];
    const sink = {
      acknowledge(sender: string, _type: number, opaque: number): void {
        released.push(`${sender}${opaque}`);
      },
    };
    for (let index = 0; index < 900; index++) queue.push('a', 0, index, 0, 0, 0, index + 1, index);
    queue.releaseUpTo(800, sink);
    for (let index = 900; index < 4000; index++)
      queue.push('a', 0, index, 0, 0, 0, index + 1, index);
    expect(queue.headSinceMs).toBe(800);
    queue.releaseOlderThan(1000, sink);
    expect(released.at(-1)).toBe('a999');
    queue.releaseAll(sink);
    expect(released).toEqual(Array.from({ length: 4000 }, (_, index) => `a${index}`));
    expect(queue.length).toBe(0);
  });
});
