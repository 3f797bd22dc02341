import { describe, expect, it } from '@jest/globals';
import { encodeRecord } from '@orbitmq/protocol';
import fc from 'fast-check';
import { scanRecord } from './log-scan.ts';

const HOST = Buffer.from([127, 0, 0, 1, 0, 0, 42, 159]);
const SECTOR_BYTES = 512;

function record(physicalOffset: number, bodyBytes: number, properties: string): Buffer {
  return encodeRecord({
    topic: 'Orders',
    queueId: 0,
    flag: 0,
    queueOffset: 1,
    physicalOffset,
    sysFlag: 0,
    bornTimestamp: 1,
    bornHost: HOST,
    storeTimestamp: 2,
    storeHost: HOST,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.alloc(bodyBytes, 7),
    properties: Buffer.from(properties),
  });
}

const places = fc.record({
  physicalOffset: fc.nat(4000),
  bodyBytes: fc.nat(900),
  propertiesBytes: fc.integer({ min: 1, max: 2000 }),
});

describe('a record', () => {
  it('of which any sectors were not written is none', () => {
    fc.assert(
      fc.property(places, fc.nat(), ({ physicalOffset, bodyBytes, propertiesBytes }, which) => {
        const whole = record(physicalOffset, bodyBytes, `a\u0001${'v'.repeat(propertiesBytes)}`);
        const firstSector = Math.floor(physicalOffset / SECTOR_BYTES);
        const lastSector = Math.floor((physicalOffset + whole.length - 1) / SECTOR_BYTES);
        const sector = firstSector + (which % (lastSector - firstSector + 1));
        const torn = Buffer.from(whole);
        const start = Math.max(0, sector * SECTOR_BYTES - physicalOffset);
        const end = Math.min(torn.length, (sector + 1) * SECTOR_BYTES - physicalOffset);
        torn.fill(0, start, end);
        expect(scanRecord(whole, 0, whole.length, physicalOffset).kind).toBe('record');
        // A sector that held nothing but zeros of the record, the upper bytes of its size, is not missed.
        const kind = torn.equals(whole) ? 'record' : 'none';
        expect(scanRecord(torn, 0, torn.length, physicalOffset).kind).toBe(kind);
      }),
      { numRuns: 500 },
    );
  });

  it('with a NUL in a property, which Apache takes, is one', () => {
    const text = 'a\u0001x\u0000y\u0002b\u0001\u0000\u0000\u0000\u0002c\u0001d';
    const bytes = record(4096, 10, text);
    expect(scanRecord(bytes, 0, bytes.length, 4096)).toEqual({
      kind: 'record',
      sizeBytes: bytes.length,
    });
  });
});
