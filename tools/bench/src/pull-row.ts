import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { build } from 'hdr-histogram-js';
import type { Target } from './brokers.ts';
import { cpuMeter, type Measured, measured } from './measured.ts';
import { pullQueue } from './pull-loop.ts';
import { type Fill, fillQueues } from './send-row.ts';

/** Stored messages to be read, one puller for each queue. */
export interface PullLoad {
  readonly messages: number;
  readonly bodyBytes: number;
  readonly pullers: number;
  /** Messages of one pull. */
  readonly batch: number;
  readonly topic: string;
}
const FILL_BATCH = 32;

export async function preparePulls(load: PullLoad, broker: Target): Promise<void> {
  await fillQueues(fillOf(load), broker);
}

/** Reads everything once. @throws when fewer messages come than were stored */
export async function measurePulls(load: PullLoad, broker: Target): Promise<Measured> {
  const latencies = build({ numberOfSignificantValueDigits: 3 });
  const used = cpuMeter(broker);
  const startMs = performance.now();
  const counts = await Promise.all(
    Array.from({ length: load.pullers }, (_, queueId) =>
      pullQueue({ ...load, port: broker.port, queueId, latencies }),
    ),
  );
  const elapsedMs = performance.now() - startMs;
  const messages = counts.reduce((sum, count) => sum + count, 0);
  const { queues, messagesPerQueue } = fillOf(load);
  if (messages !== queues * messagesPerQueue) {
    throw new Error(`${queues * messagesPerQueue} messages were stored, ${messages} came`);
  }
  return measured(broker, { messages, elapsedMs, cpuMs: used(), failed: 0 }, latencies);
}

function fillOf({ topic, messages, bodyBytes, pullers }: PullLoad): Fill {
  const messagesPerQueue = Math.ceil(messages / pullers / FILL_BATCH) * FILL_BATCH;
  return { topic, queues: pullers, messagesPerQueue, bodyBytes, batch: FILL_BATCH };
}

/**
 * Writes what is dirty and empties the page cache, but for pages that a process has mapped: a broker that maps its files
 * keeps what it touched since its start.
 *
 * @returns false where that is not allowed
 */
export function dropPageCache(): boolean {
  try {
    execFileSync('sync');
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}
