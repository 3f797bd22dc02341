import { describe, expect, it } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import fc from 'fast-check';
import { decodeMessageId, encodeHost, encodeMessageId } from './message-id.ts';
import { decodeProperties, encodeProperties, propertyOf } from './properties.ts';
import {
  decodeRecord,
  decodeRecords,
  encodeRecord,
  messageIdOf,
  recordPartsAt,
  recordPropertiesText,
} from './record.ts';

/** A record that Java's MessageDecoder reads. */
const RECORD = Buffer.from(
  '00000084daa320a73610a6860000000100000000000000000000000500000000' +
    '00000400000000000000018bcfe56800c00002010000c3500000018bcfe56801' +
    'c000020200002a9f000000000000000000000000000000056865' +
    '6c6c6f09546f70696354657374001b54414753015461674102574149540174727565024b455953014b31',
  'hex',
);

function raisedBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a record', () => {
  it('is read as Java reads it', () => {
    const message = decodeRecord(RECORD, 0);
    expect(message).toMatchObject({
      topic: 'TopicTest',
      queueId: 1,
      queueOffset: 5,
      physicalOffset: 1024,
      bornTimestamp: 1700000000000,
      bornHost: { ip: '192.0.2.1', port: 50000 },
      storeHost: { ip: '192.0.2.2', port: 10911 },
      offsetMessageId: 'C000020200002A9F0000000000000400',
      storeSizeBytes: 132,
    });
    expect(message.body.toString()).toBe('hello');
    expect({ ...message.properties }).toEqual({ TAGS: 'TagA', WAIT: 'true', KEYS: 'K1' });
    expect(messageIdOf(message)).toBe(message.offsetMessageId);
    expect(propertyOf(recordPropertiesText(RECORD, 0), 'KEYS')).toBe('K1');
    expect(decodeRecords(Buffer.concat([RECORD, RECORD]))).toHaveLength(2);
  });

  it.each([
    ['10.0.0.1', 'T'],
    ['::1', 'x'.repeat(130)],
  ])('with hosts such as %s has its parts where they were written', (ip, topic) => {
    const host = encodeHost({ ip, port: 9 });
    const record = encodeRecord({
      ...decodeRecord(RECORD, 0),
      topic,
      sysFlag: host.length === 20 ? 0x30 : 0,
      bornHost: host,
      storeHost: host,
      properties: Buffer.from('KEYS\u0001k'),
    });
    const shifted = Buffer.concat([Buffer.alloc(3), record]);
    const parts = recordPartsAt(shifted, 3);
    expect(shifted.subarray(parts.bornHostStart, parts.bornHostEnd)).toEqual(host);
    expect(shifted.subarray(parts.storeHostStart, parts.storeHostEnd)).toEqual(host);
    expect(shifted.toString('utf8', parts.bodyStart, parts.bodyEnd)).toBe('hello');
    expect(shifted.toString('utf8', parts.topicStart, parts.topicEnd)).toBe(topic);
    expect(shifted.toString('utf8', parts.propertiesStart, parts.propertiesEnd)).toBe(
      'KEYS\u0001k',
    );
    expect(parts.propertiesEnd).toBe(shifted.length);
  });

  it('is written as Java writes it', () => {
    const message = decodeRecord(RECORD, 0);
    const encoded = encodeRecord({
      ...message,
      bornHost: encodeHost(message.bornHost),
      storeHost: encodeHost(message.storeHost),
      properties: Buffer.from(encodeProperties(message.properties)),
    });
    expect(encoded).toEqual(RECORD);
  });

  it('that is damaged anywhere raises nothing but RECORD_MALFORMED', () => {
    fc.assert(
      fc.property(fc.nat(131), fc.nat(255), fc.nat(132), (at, byte, length) => {
        const damaged = Buffer.from(RECORD.subarray(0, Math.max(length, at + 1)));
        damaged[at] = byte;
        const raised = raisedBy(() => decodeRecords(damaged));
        expect(raised === undefined || raised instanceof RocketMqError).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('properties', () => {
  it('are read with or without a separator at the end, dropping empty ones', () => {
    for (const text of ['a\u0001b\u0002c\u0001d\u0001e', 'a\u0001b\u0002c\u0001d\u0001e\u0002']) {
      expect({ ...decodeProperties(text) }).toEqual({ a: 'b', c: 'd\u0001e' });
    }
    expect({
      ...decodeProperties('a\u0001\u0002\u0001b\u0002c\u0002a\u00011\u0002a\u00012'),
    }).toEqual({
      a: '2',
    });
  });

  it('survive a round trip', () => {
    const names = fc.stringMatching(/^[A-Za-z_]{1,8}$/);
    const values = fc.string({ minLength: 1 }).map((value) => value.replaceAll('\u0002', '-'));
    fc.assert(
      fc.property(fc.dictionary(names, values, { noNullPrototype: true }), (properties) => {
        const text = encodeProperties(properties);
        expect({ ...decodeProperties(text) }).toEqual(properties);
        for (const name in properties) expect(propertyOf(text, name)).toBe(properties[name]);
      }),
    );
  });
});

describe('a message id', () => {
  it.each([
    ['10.0.0.9', 10911, 1024, '0A00000900002A9F0000000000000400'],
    ['::1', 1, 0, '00000000000000000000000000000001000000010000000000000000'],
    ['::ffff:10.0.0.9', 10911, 1024, '0A00000900002A9F0000000000000400'],
  ])('of %s:%d at %d is %s', (ip, port, physicalOffset, id) => {
    expect(encodeMessageId(encodeHost({ ip, port }), physicalOffset)).toBe(id);
    expect(decodeMessageId(id).physicalOffset).toBe(physicalOffset);
  });

  it('that is no id is refused', () => {
    for (const text of ['', 'xyz', '0A', 'G'.repeat(32)]) {
      expect(() => decodeMessageId(text)).toThrow(/no offset message id/);
    }
    for (const ip of ['1.2.3', '1.2.3.4.5', '1::2::3', 'x', '1:2:3:4:5:6:7:8:9', '::256.0.0.1']) {
      expect(() => encodeHost({ ip, port: 1 })).toThrow(/no IP address/);
    }
  });
});
