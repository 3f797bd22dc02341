import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { brokerProperties, isBrokerRouted, printProperties } from './apache.ts';
import { type Service, startService } from './child.ts';
import { queryOnce } from './query.ts';

/** Far above the second it should need, so that a busy machine does not fail the run. */
const READY_TIMEOUT_MS = 20_000;
const GET_BROKER_CLUSTER_INFO = 106;

/** The workspace's root, from `dist/peers` and from `src/peers` alike. */
const ROOT = resolve(import.meta.dirname, '../../../..');

async function prepareHome(
  directory: string,
  properties: Readonly<Record<string, string>>,
): Promise<{ readonly configFile: string; readonly env: NodeJS.ProcessEnv }> {
  await mkdir(directory, { recursive: true });
  const configFile = join(directory, 'peer.properties');
  await writeFile(configFile, printProperties(properties));
  return { configFile, env: { ...process.env, HOME: directory, ROCKETMQ_HOME: directory } };
}

export interface StartOrbitNamesrvOptions {
  readonly port: number;
  readonly directory: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** Flags for node itself, e.g. `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
}

/** Starts our name server (it must be built) and waits until it answers. */
export async function startOrbitNamesrv(options: StartOrbitNamesrvOptions): Promise<Service> {
  const { port, directory } = options;
  const { configFile, env } = await prepareHome(directory, {
    listenPort: String(port),
    kvConfigPath: join(directory, 'kvConfig.json'),
    ...options.properties,
  });
  const program = join(ROOT, 'apps/namesrv/bin/mqnamesrv.js');
  return startService({
    name: 'namesrv-orbit',
    command: [process.execPath, ...(options.nodeFlags ?? []), program, '-c', configFile],
    port,
    directory,
    env,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: async () => {
      const answer = await queryOnce(`127.0.0.1:${port}`, GET_BROKER_CLUSTER_INFO);
      return answer.code === 0;
    },
  });
}

export interface StartOrbitBrokerOptions {
  readonly port: number;
  readonly namesrvAddress: string;
  readonly directory: string;
  /** Broker keys that go over the common ones. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
}

/** Starts our broker (it must be built) and waits until the name server knows it. */
export async function startOrbitBroker(options: StartOrbitBrokerOptions): Promise<Service> {
  const { port, directory, namesrvAddress } = options;
  const properties = brokerProperties(options);
  const { configFile, env } = await prepareHome(directory, properties);
  const program = join(ROOT, 'apps/broker/bin/mqbroker.js');
  return startService({
    name: 'broker-orbit',
    command: [process.execPath, ...(options.nodeFlags ?? []), program, '-c', configFile],
    port,
    directory,
    env,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: () => isBrokerRouted(namesrvAddress, properties),
  });
}
