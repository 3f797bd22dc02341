import { describe, expect, it } from '@jest/globals';
import { EntryBuffers } from './entry-buffers.ts';
import { ENTRY_BYTES } from './queue.ts';

const MIB = 1024 * 1024;

describe('EntryBuffers', () => {
  it('lends a buffer again that was given back, to whom its size fits', () => {
    const buffers = new EntryBuffers();
    const first = buffers.take(3_000);
    expect(first.length).toBe(4_096 * ENTRY_BYTES);
    buffers.giveBack(first);
    expect(buffers.take(8_000)).not.toBe(first);
    expect(buffers.take(4_096)).toBe(first);
    expect(buffers.take(4_096)).not.toBe(first);
  });

  it('keeps no small ones, and no more than its bound', () => {
    const buffers = new EntryBuffers();
    buffers.giveBack(buffers.take(512));
    expect(buffers.spareBytes).toBe(0);
    const many = Array.from({ length: 40 }, () => buffers.take(32_768));
    for (const buffer of many) buffers.giveBack(buffer);
    expect(buffers.spareBytes).toBeGreaterThan(15 * MIB);
    expect(buffers.spareBytes).toBeLessThanOrEqual(16 * MIB);
  });

  it('lets go of what nobody wanted for a while', () => {
    const buffers = new EntryBuffers();
    buffers.giveBack(buffers.take(2_048));
    const again = buffers.take(2_048);
    buffers.giveBack(again);
    buffers.age();
    expect(buffers.spareBytes).toBe(2_048 * ENTRY_BYTES);
    buffers.age();
    expect(buffers.spareBytes).toBe(0);
  });
});
