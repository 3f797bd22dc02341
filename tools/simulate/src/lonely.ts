import type { ProcessTable } from '@orbitmq/runtime';

/** A machine on which every other process is dead. */
export const LONELY: ProcessTable = {
  self: { pid: 1, startTime: '1' },
  startTime: () => undefined,
  isLocked: () => false,
};
