/** Our broker and Apache's side by side, each with a name server of its own. */
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
  readonly pid: number;
  /** `host:port` of its name server. */
  readonly namesrv: string;
  /** From the start of the process until it was in the route table, in milliseconds. */
  readonly readyMs: number;
}

export interface Targets {
  readonly ours: Target;
  readonly theirs: Target;
}

const FILE_BYTES = String(1024 * 1024 * 1024);
/** What both are given besides ports and paths: Apache's defaults, in particular as many sending threads as it takes by itself. */
const SETTINGS = { mapedFileSizeCommitLog: FILE_BYTES, mappedFileSizeCommitLog: FILE_BYTES };

/** Starts both, hands them over, and stops them whatever happens; their data is removed. */
export async function withBrokers<T>(
  version: string,
  properties: Readonly<Record<string, string>>,
  use: (targets: Targets) => Promise<T>,
): Promise<T> {
  const directory = join(tmpdir(), `orbitmq-bench-${process.pid}`);
  await fetchPeer(version);
  const started: Service[] = [];
  const keep = async (starting: Promise<Service>): Promise<Service> => {
    const service = await starting;
    started.push(service);
    return service;
  };
  try {
    const settings = { ...SETTINGS, ...properties };
    const theirNamesrv = await keep(
      startApacheNamesrv(version, { port: await freePort(), directory: join(directory, 'a') }),
    );
    const theirBegin = performance.now();
    const theirs = await keep(
      startApacheBroker(version, {
        port: await freeBrokerPort(),
        namesrvAddress: theirNamesrv.address,
        directory: join(directory, 'b'),
        properties: settings,
        heap: '2g',
      }),
    );
    const theirReadyMs = performance.now() - theirBegin;
    const ourNamesrv = await keep(
      startOrbitNamesrv({ port: await freePort(), directory: join(directory, 'c') }),
    );
    const ourBegin = performance.now();
    const ours = await keep(
      startOrbitBroker({
        port: await freeBrokerPort(),
        namesrvAddress: ourNamesrv.address,
        directory: join(directory, 'd'),
        properties: settings,
      }),
    );
    const ourReadyMs = performance.now() - ourBegin;
    return await use({
      ours: target(ours, ourNamesrv, ourReadyMs),
      theirs: target(theirs, theirNamesrv, theirReadyMs),
    });
  } finally {
    for (const service of started.toReversed()) await service.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** One broker with a name server of its own: ours, or Apache's of a version. */
export async function withBroker<T>(
  apacheVersion: string | undefined,
  properties: Readonly<Record<string, string>>,
  use: (target: Target) => Promise<T>,
): Promise<T> {
  const directory = join(tmpdir(), `orbitmq-bench-${process.pid}`);
  const started: Service[] = [];
  try {
    const [port, brokerPort] = [await freePort(), await freeBrokerPort()];
    if (apacheVersion !== undefined) await fetchPeer(apacheVersion);
    const at = { port, directory: join(directory, 'n') };
    const namesrv = await (apacheVersion === undefined
      ? startOrbitNamesrv(at)
      : startApacheNamesrv(apacheVersion, at));
    started.push(namesrv);
    const beginMs = performance.now();
    const options = {
      port: brokerPort,
      namesrvAddress: namesrv.address,
      directory: join(directory, 'b'),
      properties: { ...SETTINGS, ...properties },
    };
    const broker = await (apacheVersion === undefined
      ? startOrbitBroker(options)
      : startApacheBroker(apacheVersion, { ...options, heap: '2g' }));
    started.push(broker);
    return await use(target(broker, namesrv, performance.now() - beginMs));
  } finally {
    for (const service of started.toReversed()) await service.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function target(broker: Service, namesrv: Service, readyMs: number): Target {
  const { port, pid } = broker;
  return { port, pid, namesrv: namesrv.address, readyMs };
}
