import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Histogram } from 'hdr-histogram-js';
import type { Target } from './brokers.ts';
import { anonymousMib, cpuMs } from './process-usage.ts';

/** One round's figures. */
export interface Measured {
  /** Messages. */
  readonly perSecond: number;
  /** Of the broker, all threads, in microseconds a message. */
  readonly cpuUsPerMessage: number;
  /** Of a request; absent where the load generator tells an average only. */
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  readonly averageMs?: number | undefined;
  /** The broker's memory that no file backs, after the round. */
  readonly anonymousMib: number;
  readonly failed: number;
}

/** What a load did. */
export interface Load {
  readonly messages: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly failed: number;
}

export function measured(broker: Target, load: Load, latencies?: Histogram): Measured {
  return {
    perSecond: (load.messages * 1000) / load.elapsedMs,
    cpuUsPerMessage: (load.cpuMs * 1000) / Math.max(1, load.messages),
    p50Ms: latencies && latencies.getValueAtPercentile(50) / 1000,
    p99Ms: latencies && latencies.getValueAtPercentile(99) / 1000,
    anonymousMib: anonymousMib(broker.pid),
    failed: load.failed,
  };
}

/** CPU time of the broker from now until the returned function is called, in milliseconds. */
export function cpuMeter(broker: Target): () => number {
  const startMs = cpuMs(broker.pid);
  return () => cpuMs(broker.pid) - startMs;
}

/** Look at a broker's CPU time so often when it is to come to rest. */
const REST_LOOK_MS = 500;
/** So much CPU time of one look is that of a broker with nothing to do. */
const REST_CPU_MS = 30;
/** A broker that still works then keeps on. */
const MAX_REST_MS = 60_000;

/** Waits until the broker has done what a load left to it: what it wrote late, delayed messages it still delivers. */
export async function rest(broker: Target): Promise<void> {
  const endMs = performance.now() + MAX_REST_MS;
  while (performance.now() < endMs) {
    const used = cpuMeter(broker);
    await delay(REST_LOOK_MS);
    if (used() <= REST_CPU_MS) return;
  }
}

/**
 * Measures one broker when both have come to rest, while the other is stopped and the disk has what they wrote: a JVM with nothing to do has a dozen threads that
 * look around every few milliseconds, and what one broker left to write would be written in the other's time.
 */
export async function measureAlone<T>(
  target: Target,
  other: Target,
  measure: () => Promise<T>,
): Promise<T> {
  await rest(other);
  await rest(target);
  await promisify(execFile)('sync');
  process.kill(other.pid, 'SIGSTOP');
  try {
    return await measure();
  } finally {
    process.kill(other.pid, 'SIGCONT');
  }
}

/** The round in the middle by throughput. */
export function median(rounds: readonly Measured[]): Measured {
  const sorted = rounds.toSorted((a, b) => a.perSecond - b.perSecond);
  return sorted[Math.floor(sorted.length / 2)] as Measured;
}
