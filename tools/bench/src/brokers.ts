/** Our broker and Apache's, each with a name server of its own. */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fetchPeer,
  freeBrokerPort,
  freePort,
  type Service,
  startApacheBroker,
  startApacheNamesrv,
  startOrbitBroker,
  startOrbitNamesrv,
} from '@orbitmq/interop/peers';

/** A broker under load. */
export interface Target {
  readonly port: number;
  /** Another one after a restart. */
  readonly pid: number;
  /** `host:port` of its name server. */
  readonly namesrv: string;
  /** From the first start of the process until it was in the route table, in milliseconds. */
  readonly readyMs: number;
  /** Stops it cleanly and starts it again with the same port, settings and data. */
  restart(): Promise<void>;
}

export interface Targets {
  readonly ours: Target;
  readonly theirs: Target;
}

type Properties = Readonly<Record<string, string>>;

const FILE_BYTES = String(1024 * 1024 * 1024);
/** What both are given besides ports and paths: Apache's defaults, in particular as many sending threads as it takes by itself. */
const SETTINGS = { mapedFileSizeCommitLog: FILE_BYTES, mappedFileSizeCommitLog: FILE_BYTES };
const APACHE_HEAP = '2g';

class RunningBroker implements Target {
  readonly #namesrv: Service;
  readonly #start: () => Promise<Service>;
  #service: Service;
  readonly readyMs: number;

  private constructor(
    namesrv: Service,
    start: () => Promise<Service>,
    first: { readonly service: Service; readonly readyMs: number },
  ) {
    this.#namesrv = namesrv;
    this.#start = start;
    this.#service = first.service;
    this.readyMs = first.readyMs;
  }

  /** @param apacheVersion ours when undefined */
  static async start(
    apacheVersion: string | undefined,
    directory: string,
    properties: Properties,
  ): Promise<RunningBroker> {
    const at = { port: await freePort(), directory: join(directory, 'n') };
    const namesrv = await (apacheVersion === undefined
      ? startOrbitNamesrv(at)
      : startApacheNamesrv(apacheVersion, at));
    const options = {
      port: await freeBrokerPort(),
      namesrvAddress: namesrv.address,
      directory: join(directory, 'b'),
      properties: { ...SETTINGS, ...properties },
    };
    const start = (): Promise<Service> =>
      apacheVersion === undefined
        ? startOrbitBroker(options)
        : startApacheBroker(apacheVersion, { ...options, heap: APACHE_HEAP });
    const beginMs = performance.now();
    try {
      const service = await start();
      return new RunningBroker(namesrv, start, { service, readyMs: performance.now() - beginMs });
    } catch (error) {
      await namesrv.stop();
      throw error;
    }
  }

  get port(): number {
    return this.#service.port;
  }

  get pid(): number {
    return this.#service.pid;
  }

  get namesrv(): string {
    return this.#namesrv.address;
  }

  async restart(): Promise<void> {
    await this.#service.stop();
    this.#service = await this.#start();
  }

  async stop(): Promise<void> {
    await this.#service.stop();
    await this.#namesrv.stop();
  }
}

/** Starts both, hands them over, and stops them whatever happens; their data is removed. */
export function withBrokers<T>(
  version: string,
  properties: Properties,
  use: (targets: Targets) => Promise<T>,
): Promise<T> {
  return withEach([version, undefined], properties, ([theirs, ours]) =>
    use({ theirs: theirs as Target, ours: ours as Target }),
  );
}

/** One broker: ours, or Apache's of a version. */
export function withBroker<T>(
  apacheVersion: string | undefined,
  properties: Properties,
  use: (target: Target) => Promise<T>,
): Promise<T> {
  return withEach([apacheVersion], properties, ([target]) => use(target as Target));
}

async function withEach<T>(
  apacheVersions: readonly (string | undefined)[],
  properties: Properties,
  use: (targets: readonly Target[]) => Promise<T>,
): Promise<T> {
  const directory = join(tmpdir(), `orbitmq-bench-${process.pid}`);
  const started: RunningBroker[] = [];
  try {
    for (const [index, version] of apacheVersions.entries()) {
      if (version !== undefined) await fetchPeer(version);
      const broker = await RunningBroker.start(version, join(directory, String(index)), properties);
      started.push(broker);
    }
    return await use(started);
  } finally {
    for (const broker of started.toReversed()) await broker.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
