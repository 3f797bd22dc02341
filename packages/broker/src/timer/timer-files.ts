/**
 * The files of the timers, in Apache's format: `timerlog/`, `timerwheel` and `config/timercheck`. What
 * they hold is derived from the timer topic and rebuilt from where the last checkpoint says.
 *
 * Source: TimerMessageStore.java (recover, prepareTimerCheckPoint).
 */
import { join } from 'node:path';
import type { Logger } from '@orbitmq/kernel';
import type { Disk } from '@orbitmq/runtime';
import { SegmentFiles } from '@orbitmq/store';
import { TimerCheckpointFile, type TimerProgress } from './timer-checkpoint.ts';
import { TimerLog } from './timer-log.ts';
import { slotOf } from './timer-time.ts';
import { readUnit, type TimerUnit, UNIT_BYTES } from './timer-unit.ts';
import { TimerWheel } from './timer-wheel.ts';

export interface TimerFilesOptions {
  readonly disk: Disk;
  /** `storePathRootDir`. */
  readonly directory: string;
  /** `mappedFileSizeTimerLog`; existing files decide if they differ. */
  readonly logFileBytes: number;
  readonly precisionMs: number;
  /** Behind the last byte of the commit log: units that point further are what a crash left. */
  readonly maxPhysicalOffset: number;
  readonly nowMs: number;
  readonly log: Logger;
}

export interface OpenTimerFiles {
  readonly log: TimerLog;
  readonly wheel: TimerWheel;
  readonly checkpoint: TimerCheckpointFile;
  /** Everything due at or before it was delivered, milliseconds since the epoch. */
  readonly readTimeMs: number;
  /** The last unit of the log; undefined when it holds none. */
  readonly lastUnit: TimerUnit | undefined;
  /** From where on the timer topic has no units, if the log ends where the checkpoint says. */
  readonly queueOffset: number | undefined;
}

/** How long timers that are due are looked for after a long stop. Source: TimerMessageStore.java (recover). */
const MAX_BEHIND_MS = 7 * 86_400_000;

export async function openTimerFiles(options: TimerFilesOptions): Promise<OpenTimerFiles> {
  const { disk, directory, precisionMs, maxPhysicalOffset, nowMs, log: logger } = options;
  await disk.makeDirectory(join(directory, 'config'));
  const checkpoint = new TimerCheckpointFile(disk, join(directory, 'config', 'timercheck'));
  const known = await checkpoint.read();
  const files = await openLogFiles(options);
  const isFresh = known === undefined && files.isEmpty;
  const readTimeMs = isFresh
    ? nowMs
    : Math.max(knownReadTimeMs(known, options), nowMs - MAX_BEHIND_MS);
  const firstSlot = Math.floor(readTimeMs / precisionMs);
  const path = join(directory, 'timerwheel');
  const wheel = new TimerWheel(disk, path);
  const flushed = known?.logPosition ?? 0;
  const damage = await wheel.load(firstSlot, files.endOffset);
  if (damage !== undefined && damage !== 'absent') {
    logger.error(
      { path, reason: damage },
      'the timer wheel is damaged: it is made again from the timer log',
    );
  }
  let lastUnit = await unitBefore(files, flushed);
  const isSound =
    flushed === 0 ||
    (damage === undefined && lastUnit !== undefined && isInside(lastUnit, maxPhysicalOffset));
  if (!isSound) {
    // The ends of the logs were lost, and with them what the wheel knows: all there is is looked at.
    lastUnit = undefined;
    wheel.clear();
  }
  const log = await TimerLog.open(files, isSound ? flushed : files.minOffset, (unit, position) => {
    if (!isInside(unit, maxPhysicalOffset)) return false;
    lastUnit = unit;
    const slot = slotOf(unit.delayedTimeMs + 1, precisionMs);
    if (slot >= firstSlot) wheel.add(slot, position);
    return true;
  });
  const isExact = known !== undefined && log.endPosition === flushed;
  const queueOffset = isExact ? known.queueOffset : undefined;
  return { log, wheel, checkpoint, readTimeMs, lastUnit, queueOffset };
}

/** A time that is further away than any message waits was not noted by a clock: nothing is taken for delivered. */
function knownReadTimeMs(
  known: TimerProgress | undefined,
  { nowMs, log }: TimerFilesOptions,
): number {
  const readTimeMs = known?.readTimeMs ?? 0;
  if (readTimeMs <= nowMs + MAX_BEHIND_MS) return readTimeMs;
  log.error({ file: 'timercheck', readTimeMs, nowMs }, 'the noted time of the timers is damaged');
  return 0;
}

async function openLogFiles(options: TimerFilesOptions): Promise<SegmentFiles> {
  const { disk, directory, logFileBytes } = options;
  const path = join(directory, 'timerlog');
  const bases = await SegmentFiles.list(disk, path);
  const [first = 0, second] = bases;
  const stat = await disk.stat(join(path, String(first).padStart(20, '0')));
  const fileBytes = second === undefined ? (stat?.sizeBytes ?? logFileBytes) : second - first;
  return new SegmentFiles({ disk, directory: path, fileBytes, bases });
}

/** The unit that ends at a position; undefined when there is none, or it stands in another file. */
async function unitBefore(files: SegmentFiles, position: number): Promise<TimerUnit | undefined> {
  const start = position - UNIT_BYTES;
  if (start < files.minOffset || position > files.endOffset) return undefined;
  const bytes = Buffer.alloc(UNIT_BYTES);
  await files.read(bytes, start, UNIT_BYTES);
  const unit = readUnit(bytes);
  return unit === 'blank' ? undefined : unit;
}

function isInside(unit: TimerUnit, maxPhysicalOffset: number): boolean {
  return unit.physicalOffset + unit.sizeBytes <= maxPhysicalOffset;
}
