import { readFileSync, statSync } from 'node:fs';

/** The processes of this machine, as far as telling a live owner of something from a dead one needs. */
export interface ProcessTable {
  readonly self: { readonly pid: number; readonly startTime: string };
  /** When a process started, in whatever unit; undefined when there is none of that id. */
  startTime(pid: number): string | undefined;
  /** Whether any process holds a record lock on the file. */
  isLocked(path: string): boolean;
}

/** Field of `/proc/<pid>/stat`, counted from behind the command's name. */
const START_TIME_FIELD = 19;

/** Linux's `/proc`. Where there is none, processes are told by signal 0, and record locks are not seen. */
export const systemProcesses: ProcessTable = {
  get self() {
    return { pid: process.pid, startTime: startTimeOf(process.pid) ?? 'unknown' };
  },

  startTime: startTimeOf,

  isLocked(path) {
    const inode = readOrUndefined(() => statSync(path).ino);
    const locks = readOrUndefined(() => readFileSync('/proc/locks', 'utf8'));
    if (inode === undefined || locks === undefined) return false;
    return locks.split('\n').some((line) => /\bPOSIX\b/.test(line) && line.includes(`:${inode} `));
  },
};

function startTimeOf(pid: number): string | undefined {
  const stat = readOrUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat !== undefined) {
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD];
  }
  return readOrUndefined(() => process.kill(pid, 0)) === undefined ? undefined : 'unknown';
}

/** What is not there, or not for us to see, is undefined. */
function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
