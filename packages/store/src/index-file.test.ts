import { readdir } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { nodeDisk } from '@orbitmq/runtime';
import { temporaryDirectory } from '../test/stores.ts';
import {
  decodeIndexHeader,
  encodeIndexHeader,
  IndexFile,
  indexFileBytes,
  indexFileName,
  keyHashOf,
} from './index-file.ts';
import { searchIndexFile } from './index-query.ts';
import { IndexWriter } from './index-writer.ts';
import { queryHash } from './record-keys.ts';

const HEADER = {
  beginTimestampMs: 0,
  endTimestampMs: 0,
  beginOffset: 0,
  endOffset: 0,
  usedSlots: 0,
  nextEntry: 1,
};

function onDamage(reason: string): void {
  throw new Error(reason);
}

describe('an index file', () => {
  it('has the length of the default settings, and their hashes', () => {
    expect(indexFileBytes({ slots: 5_000_000, entries: 20_000_000 })).toBe(420_000_040);
    expect(queryHash('TopicTest', 'k1')).toBe(2_746_024);
    expect(queryHash('TopicTest', '7F00000112345B2133B14F6B2C440001')).toBe(1_946_757_217);
    expect(keyHashOf(-2_147_483_648)).toBe(0);
  });

  it('is named after the local time', () => {
    expect(indexFileName(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe('20260102030405006');
  });

  it('has a header that says what was put into it', () => {
    const header = {
      ...HEADER,
      beginOffset: 2 ** 40,
      endTimestampMs: 1_700_000_000_000,
      nextEntry: 7,
    };
    expect(decodeIndexHeader(encodeIndexHeader(header))).toEqual(header);
    expect(decodeIndexHeader(Buffer.alloc(40)).nextEntry).toBe(1);
  });

  it('finds nothing once it is removed, and does not come back', async () => {
    await using directory = await temporaryDirectory();
    const place = { disk: nodeDisk, directory: directory.path, name: '20260102030405006' };
    const file = new IndexFile({ ...place, size: { slots: 5, entries: 10 } }, { ...HEADER });
    await file.create();
    const writer = new IndexWriter(file);
    writer.put(7, 1000, 5);
    await writer.writePending();
    await writer.flush(file.header);
    const found: number[] = [];
    const take = (offset: number): Promise<boolean> => {
      found.push(offset);
      return Promise.resolve(false);
    };
    const search = { keyHash: 7, beginMs: 0, endMs: 9, isOver: () => false, onDamage, take };
    await searchIndexFile(file, undefined, search);
    expect(found).toEqual([1000]);
    await file.remove();
    await searchIndexFile(file, undefined, search);
    expect(found).toEqual([1000]);
    expect(await readdir(directory.path)).toEqual([]);
    await file.close();
  });
});
