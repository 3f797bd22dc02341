export { CrashableDisk, type CrashableDiskOptions } from './crashable-disk.ts';
export { type DiskErrorCode, DiskFaults } from './disk-faults.ts';
export { MemoryNet, MemorySocket } from './memory-net.ts';
export { SeededRandom } from './seeded-random.ts';
export { StepScheduler, turn } from './step-scheduler.ts';
export { settled, VirtualTime } from './virtual-time.ts';
