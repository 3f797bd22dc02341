import { readFileSync } from 'node:fs';

const TICK_MS = 10;
const UTIME_FIELD = 11;

/** CPU time of a process with all its threads, in milliseconds. Linux. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME_FIELD]) + Number(fields[UTIME_FIELD + 1])) * TICK_MS;
}

/** Memory of a process that is backed by no file, in MiB. Linux. */
export function anonymousMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}
