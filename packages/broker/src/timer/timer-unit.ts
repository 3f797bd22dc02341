/**
 * One waiting message in the timer log, 52 bytes:
 *
 *   offset  size  field
 *   0       4     size of the unit, 52
 *   4       8     prevPosition: of the unit before it in the same slot, -1 for the first
 *   12      4     magic: 1, with bit 2 for a message that goes round once more, bit 4 for one that recalls another
 *   16      8     writeTime, ms since 1970
 *   24      4     delayedTime - writeTime, ms
 *   28      8     physicalOffset of the message in the commit log
 *   36      4     size of its record
 *   40      4     Java's hash of the topic it goes to
 *   44      8     0
 *
 * A unit never crosses the end of a file; where fewer than 52 + 16 bytes are left, a blank ends it:
 *
 *   0       4     bytes left in the file
 *   4       8     0
 *   12      4     magic CB D4 31 94
 *
 * The slot of a message due at `t` begins at the last full second (`timerPrecisionMs`) before `t`, so
 * that it holds times in (start, start + 1 s]. Apache writes the slot's start as delayedTime and
 * delivers a second later; here it is `t - 1`, which lies in the same slot and says when exactly.
 *
 * Source: TimerLog.java.
 */
import { readInt64, writeInt64 } from '@orbitmq/kernel';

export const UNIT_BYTES = 52;
export const BLANK_BYTES = 16;
const BLANK_MAGIC = 0xcbd43194 | 0;

export const UnitMagic = { message: 1, roll: 2, delete: 4 } as const;
const MAX_MAGIC = UnitMagic.message | UnitMagic.roll | UnitMagic.delete;

export interface TimerUnit {
  readonly prevPosition: number;
  /** {@link UnitMagic} bits. */
  readonly magic: number;
  readonly writeTimeMs: number;
  readonly delayedTimeMs: number;
  readonly physicalOffset: number;
  readonly sizeBytes: number;
  readonly topicHash: number;
}

export function writeUnit(target: Buffer, unit: TimerUnit): void {
  target.writeInt32BE(UNIT_BYTES, 0);
  writeInt64(target, unit.prevPosition, 4);
  target.writeInt32BE(unit.magic, 12);
  writeInt64(target, unit.writeTimeMs, 16);
  target.writeInt32BE(unit.delayedTimeMs - unit.writeTimeMs, 24);
  writeInt64(target, unit.physicalOffset, 28);
  target.writeInt32BE(unit.sizeBytes, 36);
  target.writeInt32BE(unit.topicHash, 40);
  writeInt64(target, 0, 44);
}

/** @returns `blank` at a file's end, undefined for what is neither */
export function readUnit(bytes: Buffer): TimerUnit | 'blank' | undefined {
  const magic = bytes.readInt32BE(12);
  if (magic === BLANK_MAGIC) return 'blank';
  const isUnit =
    bytes.readInt32BE(0) === UNIT_BYTES &&
    (magic & UnitMagic.message) !== 0 &&
    magic > 0 &&
    magic <= MAX_MAGIC;
  if (!isUnit) return undefined;
  const writeTimeMs = readInt64(bytes, 16);
  return {
    prevPosition: readInt64(bytes, 4),
    magic,
    writeTimeMs,
    delayedTimeMs: writeTimeMs + bytes.readInt32BE(24),
    physicalOffset: readInt64(bytes, 28),
    sizeBytes: bytes.readInt32BE(36),
    topicHash: bytes.readInt32BE(40),
  };
}

export function writeBlank(target: Buffer, restBytes: number): void {
  target.writeInt32BE(restBytes, 0);
  writeInt64(target, 0, 4);
  target.writeInt32BE(BLANK_MAGIC, 12);
}
