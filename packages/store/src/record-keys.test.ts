import { describe, expect, it } from '@jest/globals';
import { encodeHost, encodeProperties, encodeRecord, MessageSysFlag } from '@orbitmq/protocol';
import fc from 'fast-check';
import { queryHash, RecordKeys } from './record-keys.ts';

const OFFSET = 4_300_000_000;

function record(
  topic: string,
  properties: Readonly<Record<string, string>>,
  { sysFlag = 0, body = 'body' } = {},
): Buffer {
  const host = encodeHost({ ip: '10.0.0.1', port: 10911 });
  return encodeRecord({
    topic,
    queueId: 1,
    flag: 0,
    queueOffset: 7,
    physicalOffset: OFFSET,
    sysFlag,
    bornTimestamp: 1,
    bornHost: host,
    storeTimestamp: 1_700_000_000_123,
    storeHost: host,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from(body),
    properties: Buffer.from(encodeProperties(properties)),
  });
}

function hashesOf(bytes: Buffer): number[] {
  const keys = new RecordKeys();
  expect(keys.read(bytes, 0, bytes.length, OFFSET)).toBe('record');
  return keys.hashes.slice(0, keys.count);
}

const word = fc.stringMatching(/^[A-Za-z0-9ä漢-]{1,20}$/);

describe('RecordKeys', () => {
  it('hashes the unique key and each key as a query does, whatever stands around them', () => {
    fc.assert(
      fc.property(
        word,
        fc.option(word),
        fc.array(word, { maxLength: 5 }),
        word,
        (topic, unique, keys, tag) => {
          const properties: Record<string, string> = { TAGS: tag, KEYSX: tag };
          if (unique !== null) properties['UNIQ_KEY'] = unique;
          if (keys.length > 0) properties['KEYS'] = keys.join(' ');
          const expected = unique === null ? keys : [unique, ...keys];
          expect(hashesOf(record(topic, { ...properties, TRACE_ON: 'true' }))).toEqual(
            expected.map((key) => queryHash(topic, key)),
          );
        },
      ),
    );
  });

  it('says nothing of the record before', () => {
    const keys = new RecordKeys();
    const first = record('T', { KEYS: 'a b c' });
    const second = record('T', { TAGS: 'a' });
    keys.read(first, 0, first.length, OFFSET);
    keys.read(second, 0, second.length, OFFSET);
    expect(keys.count).toBe(0);
    expect(keys.storeTimestampMs).toBe(1_700_000_000_123);
  });

  it('leaves out rolled-back half messages', () => {
    const sysFlag = MessageSysFlag.transactionRollback;
    expect(hashesOf(record('T', { KEYS: 'a' }, { sysFlag }))).toEqual([]);
  });

  it('takes no record whose lengths lead out of it, and never throws', () => {
    const bytes = record('Orders', { KEYS: 'a b', UNIQ_KEY: 'U1' });
    const keys = new RecordKeys();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = byte;
        const result = keys.read(damaged, 0, damaged.length, OFFSET);
        expect(['record', 'none', 'blank']).toContain(result);
      }),
      { numRuns: 5_000 },
    );
    const longBody = Buffer.from(bytes);
    longBody.writeInt32BE(0x7fff_ffff, 84);
    expect(keys.read(longBody, 0, longBody.length, OFFSET)).toBe('none');
    const longProperties = Buffer.from(bytes);
    longProperties.writeUInt16BE(0xffff, 88 + 'body'.length + 1 + 'Orders'.length);
    expect(keys.read(longProperties, 0, longProperties.length, OFFSET)).toBe('none');
  });
});
