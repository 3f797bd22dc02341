/**
 * Files of the timer wheel.
 *
 *   timerwheel   slots of 32 bytes: time in ticks 8, firstPos 8, lastPos 8, num 4, magic 4
 *   timerlog     units of 52 bytes: size 4, prevPos 8, magic 4, writeTime 8, delay 4, physical offset 8,
 *                its size 4, hash of the real topic 4, reserved 8; a blank of 16 bytes ends a file
 *   timercheck   longs: lastReadTime, lastTimerLogFlushPos, lastTimerQueueOffset, masterTimerQueueOffset,
 *                stateVersion, timestamp, counter
 *
 * Source: TimerWheel.java, TimerLog.java, TimerCheckpoint.java.
 */
import { readInt64 } from '@orbitmq/kernel';
import { RecordMagic } from '@orbitmq/protocol';
import { readWholeFile } from '@orbitmq/runtime';
import type { Row } from '../row.ts';
import type { SegmentFile } from '../segment-list.ts';
import type { PrintOptions } from './print-options.ts';

const SLOT_BYTES = 32;
const UNIT_BYTES = 52;
const READ_BYTES = 52 * 32 * 512;

/** Slots in use; `--from` counts slots from 0. */
export async function* printTimerWheel(
  { path }: SegmentFile,
  { disk, from = 0 }: PrintOptions,
): AsyncGenerator<Row> {
  const file = await disk.open(path, 'read');
  try {
    const buffer = Buffer.alloc(READ_BYTES);
    for (let start = from * SLOT_BYTES; ; start += READ_BYTES) {
      const bytes = await file.read(buffer, 0, READ_BYTES, start);
      for (let at = 0; at + SLOT_BYTES <= bytes; at += SLOT_BYTES) {
        const tick = readInt64(buffer, at);
        if (tick !== 0) yield { slot: (start + at) / SLOT_BYTES, tick, ...slotFields(buffer, at) };
      }
      if (bytes < READ_BYTES) return;
    }
  } finally {
    await file.close();
  }
}

function slotFields(buffer: Buffer, at: number): Row {
  return {
    firstPosition: readInt64(buffer, at + 8),
    lastPosition: readInt64(buffer, at + 16),
    count: buffer.readInt32BE(at + 24),
    magic: buffer.readInt32BE(at + 28),
  };
}

/** Units of a timer-log file; `--from` is a position in the whole log. */
export async function* printTimerLog(
  segment: SegmentFile,
  { disk, from = segment.baseOffset }: PrintOptions,
): AsyncGenerator<Row> {
  const file = await disk.open(segment.path, 'read');
  try {
    const buffer = Buffer.alloc(READ_BYTES);
    const first = Math.ceil(Math.max(0, from - segment.baseOffset) / UNIT_BYTES) * UNIT_BYTES;
    for (let start = first; ; start += READ_BYTES) {
      const bytes = await file.read(buffer, 0, READ_BYTES, start);
      for (let at = 0; at + UNIT_BYTES <= bytes; at += UNIT_BYTES) {
        const position = segment.baseOffset + start + at;
        if (buffer.readInt32BE(at) === UNIT_BYTES) {
          yield { position, ...unitFields(buffer, at) };
        } else {
          const isBlank = buffer.readInt32BE(at + 12) === RecordMagic.blank;
          if (isBlank) yield { position, kind: 'blank', size: buffer.readInt32BE(at) };
          return;
        }
      }
      if (bytes < READ_BYTES) return;
    }
  } finally {
    await file.close();
  }
}

function unitFields(buffer: Buffer, at: number): Row {
  const writeTimestamp = readInt64(buffer, at + 16);
  return {
    previousPosition: readInt64(buffer, at + 4),
    magic: buffer.readInt32BE(at + 12),
    writeTimestamp,
    dueTimestamp: writeTimestamp + buffer.readInt32BE(at + 24),
    physicalOffset: readInt64(buffer, at + 28),
    size: buffer.readInt32BE(at + 36),
    topicHash: buffer.readInt32BE(at + 40),
  };
}

export async function* printTimerCheck(
  { path }: SegmentFile,
  { disk }: PrintOptions,
): AsyncGenerator<Row> {
  const page = await wholePage(disk, path, 56);
  yield {
    lastReadTimestamp: readInt64(page, 0),
    lastTimerLogFlushPosition: readInt64(page, 8),
    lastTimerQueueOffset: readInt64(page, 16),
    masterTimerQueueOffset: readInt64(page, 24),
    stateVersion: readInt64(page, 32),
    versionTimestamp: readInt64(page, 40),
    counter: readInt64(page, 48),
  };
}

/** The file's bytes; what it lacks of `leastBytes` reads as zero. */
async function wholePage(
  disk: PrintOptions['disk'],
  path: string,
  leastBytes: number,
): Promise<Buffer> {
  const content = (await readWholeFile(disk, path)) ?? Buffer.alloc(0);
  return Buffer.concat([content, Buffer.alloc(Math.max(0, leastBytes - content.length))]);
}
