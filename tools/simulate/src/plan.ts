/** What is random about a run besides its course: the store's settings and the messages. */
import { encodeHost } from '@orbitmq/protocol';
import { AppendRecord, type StoreSettings } from '@orbitmq/store';
import type { SeededRandom } from '@orbitmq/testkit';

const HOST = encodeHost({ ip: '10.0.0.1', port: 10911 });
const LONG_TOPIC = `Long${'g'.repeat(140)}`;
const TOPICS = ['Orders', 'T', LONG_TOPIC, 'Payments'];
const MAX_QUEUES = 3;
/** Keys by which messages are asked for. */
export const KEYS = ['k0', 'k1', 'k2'];
const TAG_A = 'TAGS\u0001A\u0002';
/** Java's hash of "A". */
const TAG_A_CODE = 65;

export interface Plan {
  readonly settings: Partial<StoreSettings>;
  readonly storeHost: Buffer;
  readonly topics: readonly string[];
  /** How likely the disk is to fail at a step. */
  readonly faultRate: number;
  readonly maxBodyBytes: number;
}

export function makePlan(random: SeededRandom): Plan {
  const commitLogFileBytes = random.pick([1024, 2048, 5000, 8192, 65_536]);
  return {
    settings: {
      commitLogFileBytes,
      consumeQueueFileBytes: random.pick([100, 400, 2000, 6000]),
      isSyncFlush: random.chance(0.5),
      flushIntervalMs: random.pick([10, 500]),
      flushLeastPages: random.pick([0, 1, 4]),
      flushThoroughIntervalMs: random.pick([100, 10_000]),
      flushConsumeQueueIntervalMs: random.pick([50, 1000]),
      flushConsumeQueueThoroughIntervalMs: 5000,
      hotTailBytes: random.pick([0, 16 * 1024 * 1024]),
      inMemoryBytes: random.pick([0, 2000, 1e9]),
      isIndexed: random.chance(0.5),
      indexSlots: random.pick([5, 200]),
      indexEntries: random.pick([10, 60, 1000]),
    },
    storeHost: HOST,
    topics: TOPICS.slice(0, 1 + random.below(TOPICS.length)),
    faultRate: random.pick([0, 0, 0.01, 0.05]),
    maxBodyBytes: Math.min(random.pick([40, 600, 3000]), commitLogFileBytes - 400),
  };
}

export function pickQueue(random: SeededRandom, plan: Plan): { topic: string; queueId: number } {
  return { topic: random.pick(plan.topics), queueId: random.below(MAX_QUEUES) };
}

/** A message with whatever makes records differ: no body, zeros, no properties. */
export function makeRecord(random: SeededRandom, plan: Plan): AppendRecord {
  const record = new AppendRecord();
  record.bornHost = HOST;
  record.bornTimestampMs = 1 + random.below(1000);
  record.body = makeBody(random, random.below(plan.maxBodyBytes));
  record.bodyEnd = record.body.length;
  let properties = '';
  if (random.chance(0.6)) {
    properties = TAG_A;
    record.tagsCode = TAG_A_CODE;
  }
  const keys = KEYS.filter(() => random.chance(0.2));
  if (keys.length > 0) properties += `KEYS\u0001${keys.join(' ')}\u0002`;
  record.properties = Buffer.from(properties);
  record.propertiesEnd = record.properties.length;
  return record;
}

function makeBody(random: SeededRandom, bytes: number): Buffer {
  const kind = random.below(4);
  if (kind === 0) return Buffer.alloc(0);
  const body = Buffer.alloc(bytes);
  if (kind === 1) return body;
  for (let index = 0; index < bytes; index += 4) {
    body.writeUInt8(kind === 2 ? 120 : random.below(256), index);
  }
  return body;
}
