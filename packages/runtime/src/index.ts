export { type Clock, systemClock } from './clock.ts';
export type { Disk, DiskEntry, DiskFile, DiskStat, DiskUsage } from './disk.ts';
export { nodeDisk, readWholeFile, replaceFile } from './node-disk.ts';
export { type Random, systemRandom } from './random.ts';
export { delay, systemTimers, type Timer, type Timers } from './timers.ts';
