import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Service,
  startApacheBroker,
  startApacheNamesrv,
  startOrbitBroker,
  startOrbitNamesrv,
} from './peers/index.ts';
import { freeBrokerPort, freePort } from './peers/ports.ts';

/** Whose servers: ours, or Apache's of a version. */
export type Target = 'orbit' | `apache-${string}`;

/** A name server and a broker that can be used. */
export interface Cluster {
  readonly target: Target;
  readonly namesrv: Service;
  readonly broker: Service;
  readonly directory: string;
  isRunning(): boolean;
  close(): Promise<void>;
}

/**
 * What scenarios count on: transactions are asked after 6 s, not after a minute; traces have a topic; and Apache's
 * brokers do not refuse sends after 200 ms because this machine is busy.
 */
const SCENARIO_PROPERTIES: Readonly<Record<string, string>> = {
  transactionTimeOut: '6000',
  transactionCheckInterval: '3000',
  traceTopicEnable: 'true',
  waitTimeMillsInSendQueue: '10000',
};

export function versionOf(target: Target): string {
  return target.replace('apache-', '');
}

/** Starts a name server of that kind. */
export async function startNamesrv(target: Target, directory: string): Promise<Service> {
  const options = { port: await freePort(), directory: join(directory, 'namesrv') };
  return target === 'orbit'
    ? startOrbitNamesrv(options)
    : startApacheNamesrv(versionOf(target), options);
}

export interface StartBrokerOptions {
  readonly namesrvAddress: string;
  readonly directory: string;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Files in the broker's home, by their path in it. */
  readonly homeFiles?: Readonly<Record<string, string>> | undefined;
  /** The port of a broker that was stopped and is to come back; a free one when absent. */
  readonly port?: number;
}

/** Starts a broker of that kind on a free port. */
export async function startBroker(target: Target, options: StartBrokerOptions): Promise<Service> {
  const all = {
    port: options.port ?? (await freeBrokerPort()),
    namesrvAddress: options.namesrvAddress,
    directory: join(options.directory, 'broker'),
    properties: { ...SCENARIO_PROPERTIES, ...options.properties },
  };
  for (const [name, text] of Object.entries(options.homeFiles ?? {})) {
    const path = join(all.directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return target === 'orbit' ? startOrbitBroker(all) : startApacheBroker(versionOf(target), all);
}

/** Starts both; when the broker does not start, the name server is stopped again. */
export async function startCluster(
  target: Target,
  directory: string,
  brokerOptions: Pick<StartBrokerOptions, 'properties' | 'homeFiles'> = {},
): Promise<Cluster> {
  const namesrv = await startNamesrv(target, directory);
  const broker = await startBroker(target, {
    namesrvAddress: namesrv.address,
    directory,
    properties: brokerOptions.properties,
    homeFiles: brokerOptions.homeFiles,
  }).catch(async (error: unknown) => {
    await namesrv.stop('kill');
    throw error;
  });
  return {
    target,
    namesrv,
    broker,
    directory,
    isRunning: () => namesrv.isRunning() && broker.isRunning(),
    close: async () => {
      // Apache's shutdown takes up to 18 s and is nothing these rows are about; ours is asked to stop properly.
      const kind = target === 'orbit' ? 'term' : 'kill';
      await Promise.all([broker.stop(kind), namesrv.stop(kind)]);
    },
  };
}
