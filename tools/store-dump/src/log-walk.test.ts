import { describe, expect, it } from '@jest/globals';
import { encodeRecord } from '@orbitmq/protocol';
import type { Disk } from '@orbitmq/runtime';
import fc from 'fast-check';
import { type LogEvent, walkLogFile } from './log-walk.ts';

const HOST = Buffer.from([127, 0, 0, 1, 0, 0, 42, 159]);

function record(physicalOffset: number, bodyBytes: number): Buffer {
  return encodeRecord({
    topic: 'Orders',
    queueId: 0,
    flag: 0,
    queueOffset: 0,
    physicalOffset,
    sysFlag: 0,
    bornTimestamp: 1,
    bornHost: HOST,
    storeTimestamp: 2,
    storeHost: HOST,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.alloc(bodyBytes, 7),
    properties: Buffer.from('KEYS\u0001k'),
  });
}

/** Records back to back, with zeros behind them. */
function log(bodySizes: readonly number[], zeros: number): Buffer {
  const records: Buffer[] = [];
  let offset = 0;
  for (const bytes of bodySizes) {
    const next = record(offset, bytes);
    records.push(next);
    offset += next.length;
  }
  return Buffer.concat([...records, Buffer.alloc(zeros)]);
}

/** A disk that holds one file. */
function diskOf(content: Buffer): Disk {
  const file = {
    async read(target: Buffer, offset: number, length: number, position: number) {
      return content.copy(target, offset, position, position + length);
    },
    async close() {
      return undefined;
    },
  };
  return { open: async () => file } as unknown as Disk;
}

async function walk(content: Buffer): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  const segment = { path: '/log', baseOffset: 0, sizeBytes: content.length };
  for await (const some of walkLogFile(diskOf(content), segment)) events.push(...some);
  return events;
}

describe('walking a log file', () => {
  it('accounts for every byte once, whatever bytes are changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(300), { maxLength: 8 }),
        fc.nat(200),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
        async (bodySizes, zeros, changes) => {
          const content = log(bodySizes, zeros);
          for (const [at, byte] of changes) {
            if (content.length > 0) content[at % content.length] = byte;
          }
          let offset = 0;
          for (const event of await walk(content)) {
            expect(event.offset).toBe(offset);
            offset += event.sizeBytes;
          }
          expect(offset).toBe(content.length);
        },
      ),
    );
  });

  it('finds all records behind a damaged one', async () => {
    const content = log([10, 20, 30, 40], 64);
    content[4] = 0;
    const events = await walk(content);
    expect(events.map(({ kind }) => kind)).toEqual([
      'damage',
      'record',
      'record',
      'record',
      'unused',
    ]);
  });

  it('finds records across the bounds of what is read at once, and longer ones', async () => {
    const content = log([9_000_000, 100, 8_000_000, 17_000_000, 5], 9_000_000);
    const events = await walk(content);
    expect(events.map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: 5 }, () => 'record'),
      'unused',
    ]);
  });

  it('finds the record behind nine million damaged bytes', async () => {
    const content = log([9_000_000, 100], 0);
    content.fill(0xda, 0, 100);
    const [damage, next] = await walk(content);
    expect(damage).toMatchObject({ kind: 'damage', offset: 0 });
    expect(next).toMatchObject({ kind: 'record', offset: damage?.sizeBytes });
  });
});
