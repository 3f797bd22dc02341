/** What is random about a run besides its course: the store's settings and the messages. */
import { encodeHost } from '@orbitmq/protocol';
import { AppendRecord, type RetentionSettings, type StoreSettings } from '@orbitmq/store';
import { SeededRandom } from '@orbitmq/testkit';

const HOST = encodeHost({ ip: '10.0.0.1', port: 10911 });
const LONG_TOPIC = `Long${'g'.repeat(140)}`;
const TOPICS = ['Orders', 'T', LONG_TOPIC, 'Payments'];
const MAX_QUEUES = 3;
/** Keys by which messages are asked for. */
export const KEYS = ['k0', 'k1', 'k2'];
const TAG_A = 'TAGS\u0001A\u0002';
/** Java's hash of "A". */
const TAG_A_CODE = 65;

/** What a store may use; drawn apart from all else, so that seeds keep their histories when one is added. */
export interface Limits {
  /** Open files. */
  readonly maxOpenFiles: number;
  /** Bytes of the old log that are read in a second while messages come in. */
  readonly coldBytesPerSecond: number;
}

/** More than a history makes. */
export const MANY_FILES = 1024;
/** No history waits for its reads, or each does. */
const FAST = 1024 ** 3;
const SLOW = 100_000;

export const AMPLE: Limits = { maxOpenFiles: MANY_FILES, coldBytesPerSecond: FAST };

/** The store's own, and those on other disks. */
export const DIRECTORY = '/data/broker/store';
const LOG_DIRECTORIES = [`${DIRECTORY}/commitlog`, '/data2/broker/log', '/data3/log'];
const HOUR_MS = 3_600_000;
/** What the machine's place on earth does not change. */
const NEVER: readonly number[] = [];
const ALWAYS: readonly number[] = Array.from({ length: 24 }, (_, hour) => hour);

export interface Plan {
  readonly settings: Partial<StoreSettings>;
  readonly retention: RetentionSettings;
  /** Where the log is; all have files of it in the end. */
  readonly logDirectories: readonly string[];
  /** Those of them that get no new files. */
  readonly readOnlyLogDirectories: readonly string[];
  readonly storeHost: Buffer;
  readonly topics: readonly string[];
  /** How likely the disk is to fail at a step. */
  readonly faultRate: number;
  readonly limits: Limits;
  readonly maxBodyBytes: number;
}

export function makePlan(random: SeededRandom, limits: Limits): Plan {
  const logDirectories = LOG_DIRECTORIES.slice(0, random.pick([1, 1, 2, 3]));
  return {
    ...makeSettings(random, { logDirectories, limits }),
    logDirectories,
    limits,
    storeHost: HOST,
    topics: TOPICS.slice(0, 1 + random.below(TOPICS.length)),
    faultRate: random.pick([0, 0, 0.01, 0.05]),
  };
}

/** In some histories nearly every use of a file has to close another first, in some most reads wait. */
export function drawLimits(seed: number): Limits {
  const random = new SeededRandom(~seed);
  const maxOpenFiles = random.pick([1, 3, MANY_FILES, MANY_FILES]);
  return { maxOpenFiles, coldBytesPerSecond: random.pick([SLOW, FAST, FAST]) };
}

/** The same store with other settings, as an operator may start it. */
export function changeSettings(random: SeededRandom, plan: Plan): Plan {
  return { ...plan, ...makeSettings(random, plan) };
}

function makeSettings(
  random: SeededRandom,
  { logDirectories, limits }: Pick<Plan, 'logDirectories' | 'limits'>,
): Pick<Plan, 'settings' | 'retention' | 'readOnlyLogDirectories' | 'maxBodyBytes'> {
  const commitLogFileBytes = random.pick([1024, 2048, 5000, 8192, 65_536]);
  const retention = makeRetention(random);
  const largestBytes = commitLogFileBytes - 400;
  return {
    retention,
    readOnlyLogDirectories: logDirectories.slice(1).filter(() => random.chance(0.2)),
    maxBodyBytes: Math.min(random.pick([40, 600, 3000]), largestBytes),
    settings: {
      commitLogFileBytes,
      consumeQueueFileBytes: random.pick([100, 400, 2000, 6000]),
      isSyncFlush: random.chance(0.5),
      flushIntervalMs: random.pick([10, 500]),
      isFlushTimed: random.chance(0.7),
      flushLeastPages: random.pick([0, 1, 4]),
      flushThoroughIntervalMs: random.pick([100, 10_000]),
      flushConsumeQueueIntervalMs: random.pick([50, 1000]),
      flushConsumeQueueLeastPages: random.pick([0, 2]),
      flushConsumeQueueThoroughIntervalMs: random.pick([500, 5000, 60_000]),
      maxBodyBytes: () => random.pick([500, largestBytes]),
      inMemoryBytes: random.pick([0, 2000, 1e9]),
      isIndexed: random.chance(0.5),
      indexSlots: random.pick([5, 200]),
      indexEntries: random.pick([10, 60, 1000]),
      retention: () => retention,
      cleanIntervalMs: random.pick([500, 10_000]),
      hotTailBytes: random.pick([0, 16 * 1024 * 1024]),
      coldCacheBytes: random.pick([0, 16 * 1024 * 1024]),
      ...limits,
    },
  };
}

function makeRetention(random: SeededRandom): RetentionSettings {
  return {
    deleteHours: random.pick([NEVER, ALWAYS]),
    reservedMs: random.pick([0, 60_000, HOUR_MS]),
    maxUsedRatio: random.pick([0.1, 0.75]),
    forcedRatio: random.pick([0.2, 0.85]),
    isForcedEnabled: random.chance(0.5),
    warningRatio: random.pick([0.6, 0.9, 0.99]),
    filesPerRound: random.pick([1, 10]),
    filePauseMs: random.pick([0, 100]),
    queuePauseMs: random.pick([0, 100]),
    retryMs: random.pick([1000, 120_000]),
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
