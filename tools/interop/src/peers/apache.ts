import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Service, startService } from './child.ts';
import { fetchPeer } from './fetch.ts';
import { queryOnce } from './query.ts';

/** The version of the user's document, the newest 4.x broker published, the newest of all. */
export const APACHE_VERSIONS = ['4.4.0', '4.9.7', '5.5.0'] as const;
export type ApacheVersion = (typeof APACHE_VERSIONS)[number];

/** What all versions need on Java 17. */
const JVM_FLAGS: readonly string[] = [
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
  '--add-opens=java.base/java.util=ALL-UNNAMED',
];

/** What a JVM is given that leaves nothing outside a directory of its own, which must be there. */
export function jvmFlagsOf(directory: string): readonly string[] {
  return [...JVM_FLAGS, `-Duser.home=${directory}`, `-Djava.io.tmpdir=${directory}`];
}

/** A cold JVM on a busy two-core machine was seen to need 20 s. */
const READY_TIMEOUT_MS = 90_000;

const GET_ROUTEINFO_BY_TOPIC = 105;
const GET_BROKER_CLUSTER_INFO = 106;

const LOGBACK = `<configuration>
  <appender name="CONSOLE" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %p %t %logger{0} - %m%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="CONSOLE"/></root>
</configuration>
`;

/** A `.properties` file's text. */
export function printProperties(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
  return `${lines.join('\n')}\n`;
}

/** Makes `directory` a home for one Apache process: logback files, its own user home, its properties. */
export async function prepareApacheHome(
  directory: string,
  properties: Readonly<Record<string, string>>,
): Promise<{ readonly configFile: string; readonly flags: readonly string[] }> {
  const conf = join(directory, 'conf');
  await mkdir(conf, { recursive: true });
  const names = ['namesrv', 'broker', 'tools'];
  const files = names.flatMap((name) => [`logback_${name}.xml`, `rmq.${name}.logback.xml`]);
  await Promise.all(files.map((file) => writeFile(join(conf, file), LOGBACK)));
  const configFile = join(directory, 'peer.properties');
  await writeFile(configFile, printProperties(properties));
  const flags = [...jvmFlagsOf(directory), `-Drocketmq.home.dir=${directory}`];
  return { configFile, flags };
}

export interface StartApacheNamesrvOptions {
  readonly port: number;
  /** Home of the process; created when it is not there. */
  readonly directory: string;
}

/** Starts Apache's name server and waits until it answers. */
export async function startApacheNamesrv(
  version: string,
  options: StartApacheNamesrvOptions,
): Promise<Service> {
  const { port, directory } = options;
  const peer = await fetchPeer(version);
  const { configFile, flags } = await prepareApacheHome(directory, { listenPort: String(port) });
  const java = ['java', ...flags, '-Xms128m', '-Xmx256m', '-cp', peer.classPath];
  return startService({
    name: `namesrv-${version}`,
    command: [...java, 'org.apache.rocketmq.namesrv.NamesrvStartup', '-c', configFile],
    port,
    directory,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: async () => {
      const answer = await queryOnce(`127.0.0.1:${port}`, GET_BROKER_CLUSTER_INFO);
      return answer.code === 0;
    },
  });
}

export interface StartApacheBrokerOptions {
  /** listenPort; `port - 2` and `port + 1` must be free too (see `freeBrokerPort`). */
  readonly port: number;
  /** host:port of the name server, several joined by `;`. */
  readonly namesrvAddress: string;
  readonly directory: string;
  /** Broker keys that go over those below. */
  readonly properties?: Readonly<Record<string, string>>;
  /** `-Xms` and `-Xmx`; default `512m`. */
  readonly heap?: string;
  /** Further JVM flags. */
  readonly jvmFlags?: readonly string[];
  /** How long it may take until it is in the route table. */
  readonly readyTimeoutMs?: number;
}

/** What a broker on a test machine is given, ours and Apache's alike; each key may be overridden. */
export function brokerProperties(options: {
  readonly port: number;
  readonly namesrvAddress: string;
  readonly directory: string;
  readonly properties?: Readonly<Record<string, string>> | undefined;
}): Readonly<Record<string, string>> {
  const store = join(options.directory, 'store');
  return {
    brokerClusterName: 'DefaultCluster',
    brokerName: 'broker-a',
    brokerId: '0',
    brokerIP1: '127.0.0.1',
    namesrvAddr: options.namesrvAddress,
    listenPort: String(options.port),
    haListenPort: String(options.port + 1),
    storePathRootDir: store,
    storePathCommitLog: join(store, 'commitlog'),
    diskMaxUsedSpaceRatio: '95',
    // 4.4.0 knows the first spelling, later versions the second.
    mapedFileSizeCommitLog: String(64 * 1024 * 1024),
    mappedFileSizeCommitLog: String(64 * 1024 * 1024),
    enablePropertyFilter: 'true',
    ...options.properties,
  };
}

/** True once the name server lists the broker, and its template topic where it creates topics by itself. */
export async function isBrokerRouted(
  namesrvAddress: string,
  properties: Readonly<Record<string, string>>,
): Promise<boolean> {
  const brokerName = properties['brokerName'] ?? '';
  const listenPort = properties['listenPort'] ?? '';
  for (const namesrv of namesrvAddress.split(';')) {
    const cluster = await queryOnce(namesrv, GET_BROKER_CLUSTER_INFO);
    if (!cluster.body.includes(`"${brokerName}"`)) return false;
    if (!cluster.body.includes(`:${listenPort}"`)) return false;
    if (properties['autoCreateTopicEnable'] === 'false') continue;
    if (properties['brokerId'] !== '0') continue;
    const route = await queryOnce(namesrv, GET_ROUTEINFO_BY_TOPIC, { topic: 'TBW102' });
    if (route.code !== 0) return false;
  }
  return true;
}

/** Starts Apache's broker and waits until the name server knows it. */
export async function startApacheBroker(
  version: string,
  options: StartApacheBrokerOptions,
): Promise<Service> {
  const { port, directory, namesrvAddress, heap = '512m' } = options;
  const peer = await fetchPeer(version);
  const properties = brokerProperties(options);
  const { configFile, flags } = await prepareApacheHome(directory, properties);
  const memory = [`-Xms${heap}`, `-Xmx${heap}`, '-XX:MaxDirectMemorySize=1g', '-XX:+UseG1GC'];
  const java = ['java', ...flags, ...memory, ...(options.jvmFlags ?? []), '-cp', peer.classPath];
  return startService({
    name: `broker-${version}`,
    command: [...java, 'org.apache.rocketmq.broker.BrokerStartup', '-c', configFile],
    port,
    directory,
    readyTimeoutMs: options.readyTimeoutMs ?? READY_TIMEOUT_MS,
    isReady: () => isBrokerRouted(namesrvAddress, properties),
  });
}
