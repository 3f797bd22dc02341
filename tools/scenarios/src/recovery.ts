/** How soon a broker with a large store is ready again after a SIGKILL under load, and after a stop. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropPageCache, fillQueues, runLoop, singleSends } from '@orbitmq/bench';
import { type Service, startOrbitBroker, startOrbitNamesrv } from '@orbitmq/interop/peers';
import { build } from 'hdr-histogram-js';
import { BrokenPromise, Ledger } from './ledger.ts';
import { QueueSpread } from './queue-spread.ts';
import { Sender } from './sender.ts';

const GIB = 1024 ** 3;
const FILL_BODY_BYTES = 4_000;
/** Of a stored message beside its body, and half a percent for ends of files: enough to fill what was asked for. */
const RECORD_BYTES = FILL_BODY_BYTES + 190;
const FILL_QUEUES = 4;
const FILL_BATCH = 32;
const WINDOW = 32;
const BODY_BYTES = 1_000;
/** Load before a kill: more than the second between two looks whether a checkpoint is due. */
const LOAD_MS = 2_500;
/** Stands for "until it is killed". */
const ENDLESS_MESSAGES = 100_000_000;
const SEND_POLL_MS = 5;
const READY_TIMEOUT_MS = 60_000;

export interface RecoveryOptions {
  /** Size of the store. */
  readonly gib: number;
  /** Further queues, with a few messages each, that are written to when the broker is killed. */
  readonly queues: number;
  readonly ports: { readonly namesrv: number; readonly broker: number };
  readonly print: (line: string) => void;
}

/** How long the broker took from the start of its process, and over what. */
export interface Start {
  /** Until a message was accepted. */
  readonly readyMs: number;
  /** Until the store began to be opened; the program is loaded by then. */
  readonly programMs: number;
  /** The store's own account of its recovery: `elapsedMs` and its parts, and the bytes that were read again. */
  readonly recovered: Readonly<Record<string, number>>;
}

export interface RecoveryOutcome {
  readonly killed: readonly Start[];
  readonly clean: readonly Start[];
}

/**
 * Fills a store through the broker, kills the broker under load, starts it again, stops it, starts it again; where that is
 * permitted all once more with an empty page cache.
 *
 * @throws {BrokenPromise} when a message that was acknowledged is missing
 */
export async function measureRecovery(options: RecoveryOptions): Promise<RecoveryOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'orbitmq-recovery-'));
  const { ports } = options;
  const namesrv = await startOrbitNamesrv({
    port: ports.namesrv,
    directory: join(directory, 'namesrv'),
  });
  const run = new Recovery(options, directory, namesrv.address);
  try {
    return await run.run();
  } finally {
    await run.close();
    await namesrv.stop('kill');
    await rm(directory, { recursive: true });
  }
}

class Recovery {
  readonly #options: RecoveryOptions;
  readonly #directory: string;
  readonly #namesrvAddress: string;
  readonly #ledger = new Ledger();
  readonly #sender: Sender;
  readonly #spread: QueueSpread;
  #broker: Service | undefined;

  constructor(options: RecoveryOptions, directory: string, namesrvAddress: string) {
    this.#options = options;
    this.#directory = directory;
    this.#namesrvAddress = namesrvAddress;
    const address = `127.0.0.1:${options.ports.broker}`;
    this.#sender = new Sender(address, this.#ledger, BODY_BYTES);
    this.#spread = new QueueSpread(address, options.queues);
  }

  async run(): Promise<RecoveryOutcome> {
    const { gib, queues, print } = this.#options;
    let broker = await this.#startBroker();
    const messages = Math.ceil((gib * GIB) / RECORD_BYTES);
    const beginMs = performance.now();
    await fillQueues(
      {
        topic: 'Fill',
        queues: FILL_QUEUES,
        messagesPerQueue: Math.ceil(messages / FILL_QUEUES),
        bodyBytes: FILL_BODY_BYTES,
        batch: FILL_BATCH,
      },
      broker,
    );
    await this.#spread.create();
    const filledMs = performance.now() - beginMs;
    print(`${gib} GiB and ${queues} queues filled in ${Math.round(filledMs / 1000)} s`);
    const killed: Start[] = [];
    const clean: Start[] = [];
    for (const isToBeCold of [false, true]) {
      await this.#loadAndKill(broker);
      const isCold = isToBeCold && dropPageCache();
      const label = isCold ? 'cold' : 'warm';
      killed.push(await this.#start(`after SIGKILL, ${label}`));
      await this.#sender.check();
      broker = this.#running();
      const stopMs = performance.now();
      await broker.stop('term');
      print(`stopped in ${Math.round(performance.now() - stopMs)} ms`);
      if (isCold) dropPageCache();
      clean.push(await this.#start(`after a stop, ${label}`));
      await this.#sender.check();
      broker = this.#running();
    }
    print(`${this.#ledger.size} messages acknowledged meanwhile, all there`);
    return { killed, clean };
  }

  async close(): Promise<void> {
    await this.#sender.close();
    await this.#spread.close();
    await this.#broker?.stop('kill');
  }

  async #loadAndKill(broker: Service): Promise<void> {
    const fill = fillQueues(
      {
        topic: 'Load',
        queues: FILL_QUEUES,
        messagesPerQueue: ENDLESS_MESSAGES,
        bodyBytes: BODY_BYTES,
        batch: FILL_BATCH,
      },
      broker,
    );
    const ended = fill.then(
      () => 'in order',
      () => 'by the kill',
    );
    this.#sender.start(WINDOW);
    this.#spread.start();
    await delay(LOAD_MS);
    await broker.stop('kill');
    await this.#sender.stop();
    await this.#spread.stop();
    if ((await ended) !== 'by the kill') throw new BrokenPromise('the load ended before the kill');
  }

  async #start(label: string): Promise<Start> {
    const beganMs = Date.now();
    const starting = this.#startBroker();
    const accepted = this.#accepted();
    await starting;
    const readyMs = (await accepted) - beganMs;
    const lines = await this.#linesSince(beganMs);
    const found = lines.findLast(({ msg }) => msg === 'store recovered');
    if (found === undefined) throw new BrokenPromise('the broker tells nothing of its recovery');
    const recovered = Object.fromEntries(
      Object.entries(found).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number',
      ),
    );
    const { elapsedMs = 0, ...rest } = recovered;
    const programMs = Date.parse(found.time) - elapsedMs - beganMs;
    this.#options.print(
      `${label}: ready in ${readyMs} ms: program ${programMs}, recovery ${elapsedMs} ` +
        `(queues ${rest['queuesMs']}, scan ${rest['scanMs']}, sync ${rest['syncMs']}), the rest ${readyMs - programMs - elapsedMs}; ` +
        `${((rest['scannedBytes'] ?? 0) / 1024 ** 2).toFixed(1)} MiB read again`,
    );
    return { readyMs, programMs, recovered };
  }

  /** @returns when a message was accepted, milliseconds since the epoch */
  async #accepted(): Promise<number> {
    const latencies = build({ numberOfSignificantValueDigits: 1 });
    const frames = singleSends(BODY_BYTES, { topic: 'First' });
    const endMs = performance.now() + READY_TIMEOUT_MS;
    while (performance.now() < endMs) {
      const { port, window } = { port: this.#options.ports.broker, window: 1 };
      const loop = { port, window, frames, latencies, measureFromMs: 0, endMs, maxRequests: 1 };
      // Refused: nobody listens yet.
      const sent = await runLoop(loop).catch(() => undefined);
      if (sent?.answered === 1) return Date.now();
      await delay(SEND_POLL_MS);
    }
    throw new BrokenPromise(`no message is accepted within ${READY_TIMEOUT_MS} ms`);
  }

  async #linesSince(sinceMs: number): Promise<readonly LogLine[]> {
    const log = join(this.#directory, 'broker/logs/rocketmqlogs/broker.log');
    const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
    return lines
      .map((line) => JSON.parse(line) as LogLine)
      .filter(({ time }) => Date.parse(time) >= sinceMs);
  }

  #running(): Service {
    if (this.#broker === undefined) throw new BrokenPromise('no broker runs');
    return this.#broker;
  }

  async #startBroker(): Promise<Service> {
    const store = join(this.#directory, 'store');
    this.#broker = await startOrbitBroker({
      port: this.#options.ports.broker,
      namesrvAddress: this.#namesrvAddress,
      directory: join(this.#directory, 'broker'),
      properties: {
        mappedFileSizeCommitLog: String(GIB),
        storePathRootDir: store,
        storePathCommitLog: join(store, 'commitlog'),
      },
    });
    return this.#broker;
  }
}

interface LogLine {
  readonly msg: string;
  /** As ISO 8601 has it. */
  readonly time: string;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
