/** Consumes for a long time from a broker that keeps restarting, and watches this process's memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LitePullConsumer, Producer, PushConsumer } from '@orbitmq/client';
import {
  freeBrokerPort,
  freePort,
  type Service,
  startOrbitBroker,
  startOrbitNamesrv,
  stopOnSignals,
} from '@orbitmq/interop/peers';
import { toError } from '@orbitmq/kernel';
import { numberFlag, runToolProcess } from '@orbitmq/service';
import { growthPercent } from './memory-growth.ts';
import { anonymousMib } from './process-usage.ts';

const USAGE = `usage: npm run soak -- [--minutes 60] [--rate 500] [--restart-seconds 60] [--sample-seconds 15]

Sends so many messages a second and consumes them unordered, orderly, by broadcast and by lite pull, in one
process, while the broker is restarted again and again. Prints a line for each sample; ends with exit code 1
when the heap grew by more than 10 % from the second quarter of the time to the last.
`;
const MAX_GROWTH_PERCENT = 10;
const TOPIC = 'Soak';
const BODY = Buffer.alloc(512, 'x');
const TICK_MS = 100;
const MEBIBYTE = 1_048_576;
/** One in so many messages fails once, and comes again. */
const FAIL_EVERY = 200;

interface Plan {
  readonly minutes: number;
  readonly ratePerSecond: number;
  /** Between two restarts of the broker. */
  readonly restartMs: number;
  readonly sampleMs: number;
}

interface Counts {
  sent: number;
  sendFailures: number;
  restarts: number;
  unordered: number;
  orderly: number;
  broadcast: number;
  pulled: number;
}

/** A broker that is stopped, by turns in order and by a kill, and started again while clients use it. */
class RestartedBroker {
  readonly #start: () => Promise<Service>;
  #service: Service | undefined;
  #restarting: Promise<void> | undefined;
  #failure: Error | undefined;
  restarts = 0;

  constructor(start: () => Promise<Service>) {
    this.#start = start;
  }

  async start(): Promise<void> {
    this.#service = await this.#start();
  }

  /** @returns false while it is being restarted @throws what the last restart failed with */
  beginRestart(): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#restarting !== undefined) return false;
    this.#restarting = this.#restart();
    return true;
  }

  async stop(): Promise<void> {
    await this.#restarting;
    await this.#service?.stop();
  }

  /** Never rejects. */
  async #restart(): Promise<void> {
    try {
      await this.#service?.stop(this.restarts % 2 === 0 ? 'term' : 'kill');
      await this.start();
      this.restarts++;
    } catch (error) {
      this.#failure = toError(error);
    }
    this.#restarting = undefined;
  }
}

/** Memory after a collection, in MiB. */
function memory(): { readonly heapMib: number; readonly anonymousMib: number } {
  globalThis.gc?.();
  return {
    heapMib: process.memoryUsage().heapUsed / MEBIBYTE,
    anonymousMib: anonymousMib(process.pid),
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function startConsumers(
  nameServers: readonly string[],
  directory: string,
  counts: Counts,
): Promise<readonly AsyncDisposable[]> {
  const unordered = new PushConsumer({ nameServers, group: 'SoakUnordered' });
  unordered.subscribe(TOPIC, '*', ({ reconsumeTimes }) => {
    counts.unordered++;
    if (counts.unordered % FAIL_EVERY === 0 && reconsumeTimes === 0) return { delayLevel: 2 };
    return 'success';
  });
  const orderly = new PushConsumer({ nameServers, group: 'SoakOrderly', isOrderly: true });
  orderly.subscribe(TOPIC, '*', ({ reconsumeTimes }) => {
    counts.orderly++;
    if (counts.orderly % FAIL_EVERY === 0 && reconsumeTimes === 0) return { suspendMs: 10 };
    return 'success';
  });
  const broadcast = new PushConsumer({
    nameServers,
    group: 'SoakBroadcast',
    messageModel: 'broadcasting',
    offsetsDirectory: join(directory, 'offsets'),
  });
  broadcast.subscribe(TOPIC, '*', () => void counts.broadcast++);
  for (const consumer of [unordered, orderly, broadcast]) await consumer.start();
  const lite = new LitePullConsumer({ nameServers, group: 'SoakLite' });
  lite.subscribe(TOPIC);
  await lite.start();
  void (async () => {
    for await (const batch of lite) counts.pulled += batch.length;
  })();
  return [unordered, orderly, broadcast, lite];
}

async function soak(directory: string, plan: Plan): Promise<number> {
  const counts: Counts = {
    sent: 0,
    sendFailures: 0,
    restarts: 0,
    unordered: 0,
    orderly: 0,
    broadcast: 0,
    pulled: 0,
  };
  const namesrv = await startOrbitNamesrv({
    port: await freePort(),
    directory: join(directory, 'namesrv'),
  });
  const brokerOptions = {
    port: await freeBrokerPort(),
    namesrvAddress: namesrv.address,
    directory: join(directory, 'broker'),
  };
  const broker = new RestartedBroker(() => startOrbitBroker(brokerOptions));
  await broker.start();
  const nameServers = [namesrv.address];
  const producer = new Producer({ nameServers, group: 'SoakProducer', retries: 0 });
  await producer.start();
  const send = async (): Promise<void> => {
    try {
      await producer.send({ topic: TOPIC, body: BODY });
      counts.sent++;
    } catch {
      // The broker is away for a moment: counted, and not tried again.
      counts.sendFailures++;
    }
  };
  await send();
  const consumers = await startConsumers(nameServers, directory, counts);
  const endMs = Date.now() + plan.minutes * 60_000;
  const perTick = Math.max(1, Math.round((plan.ratePerSecond * TICK_MS) / 1_000));
  let restartMs = Date.now() + plan.restartMs;
  let sampleMs = Date.now();
  const samples: number[] = [];
  while (Date.now() < endMs) {
    for (let index = 0; index < perTick; index++) void send();
    if (Date.now() >= restartMs && broker.beginRestart()) restartMs = Date.now() + plan.restartMs;
    counts.restarts = broker.restarts;
    if (Date.now() >= sampleMs) {
      sampleMs += plan.sampleMs;
      const now = memory();
      samples.push(now.heapMib);
      process.stdout.write(
        `${JSON.stringify({ at: new Date().toISOString(), ...now, ...counts })}\n`,
      );
    }
    await sleep(TICK_MS);
  }
  for (const consumer of consumers) await consumer[Symbol.asyncDispose]();
  await producer.close();
  await broker.stop();
  await namesrv.stop();
  const growth = growthPercent(samples);
  process.stdout.write(`${JSON.stringify({ ...memory(), ...counts, growthPercent: growth })}\n`);
  return growth > MAX_GROWTH_PERCENT ? 1 : 0;
}

await runToolProcess({
  name: 'soak',
  usage: USAGE,
  flags: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '500' },
    'restart-seconds': { type: 'string', default: '60' },
    'sample-seconds': { type: 'string', default: '15' },
  },
  run: async (values) => {
    const plan: Plan = {
      minutes: numberFlag('minutes', values.minutes, 1),
      ratePerSecond: numberFlag('rate', values.rate, 1),
      restartMs: numberFlag('restart-seconds', values['restart-seconds'], 1) * 1_000,
      sampleMs: numberFlag('sample-seconds', values['sample-seconds'], 1) * 1_000,
    };
    stopOnSignals();
    const directory = await mkdtemp(join(tmpdir(), 'orbitmq-soak-'));
    try {
      return await soak(directory, plan);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
});
