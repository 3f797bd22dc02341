/** Name server and broker in one process, on settings that need no file: for development and first steps. */
import { join, resolve } from 'node:path';
import { Broker } from '@orbitmq/broker';
import { errorCode, RocketMqError, toError } from '@orbitmq/kernel';
import { NameServer } from '@orbitmq/nameserver';
import { nodeDisk } from '@orbitmq/runtime';
import { brokerConfig, LiveConfig, Logs, namesrvConfig } from '@orbitmq/service';
import { provePath } from './self-check.ts';

export interface EmbeddedOptions {
  /** Everything is kept below it. */
  readonly dataDirectory: string;
  /** What clients are told to connect to. */
  readonly host: string;
  readonly nameServerPort: number;
  readonly brokerPort: number;
}

export interface Embedded {
  readonly nameServerAddress: string;
  readonly brokerAddress: string;
  readonly dataDirectory: string;
  /** Milliseconds that a message took from its send to its receipt. */
  readonly proofMs: number;
  /** Stops the broker, then the name server. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts both, then sends and receives a message. What was started is stopped again when that fails.
 *
 * @throws {RocketMqError} DATA_UNUSABLE, PORT_TAKEN and UNREACHABLE, naming the flag that helps, and whatever else a
 *   broker's start throws
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const directory = resolve(options.dataDirectory);
  await makeDataDirectory(directory);
  const logs = new Logs({ directory: join(directory, 'logs'), level: 'info', console: 'none' });
  const closers: (() => Promise<void>)[] = [() => logs.close()];
  const close = async (): Promise<void> => {
    for (const closeOne of closers.splice(0).toReversed()) await closeOne();
  };
  try {
    const nameServer = await startNameServer(options, directory, logs);
    closers.push(() => nameServer.close());
    const broker = await startBroker(options, directory, logs);
    closers.push(() => broker.close());
    const proofMs = await proveReachable(broker.address);
    const nameServerAddress = `${options.host}:${options.nameServerPort}`;
    const brokerAddress = broker.address;
    return { nameServerAddress, brokerAddress, dataDirectory: directory, proofMs, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeDataDirectory(directory: string): Promise<void> {
  try {
    await nodeDisk.makeDirectory(directory);
  } catch (error) {
    const { message } = toError(error);
    throw new RocketMqError(
      `${directory} cannot hold the data, choose another with --data: ${message}`,
      { code: 'DATA_UNUSABLE', cause: error },
    );
  }
}

async function proveReachable(address: string): Promise<number> {
  try {
    return await provePath(address);
  } catch (error) {
    if (errorCode(error) === 'SELF_CHECK_FAILED') throw error;
    const { message } = toError(error);
    throw new RocketMqError(
      `the broker cannot be reached at the address that clients are told, choose another with --host: ${message}`,
      { code: 'UNREACHABLE', cause: error },
    );
  }
}

async function startNameServer(
  options: EmbeddedOptions,
  directory: string,
  logs: Logs,
): Promise<NameServer> {
  const config = new LiveConfig(namesrvConfig, {
    keptIn: join(directory, 'namesrv', 'namesrv.properties'),
  });
  config.apply(
    [
      setting('listenPort', options.nameServerPort),
      setting('kvConfigPath', join(directory, 'namesrv', 'kvConfig.json')),
    ],
    'embedded',
  );
  const nameServer = new NameServer({ config, log: logs.logger('namesrv') });
  await withPortFlag('--namesrv-port', options.nameServerPort, () => nameServer.start());
  return nameServer;
}

function startBroker(options: EmbeddedOptions, directory: string, logs: Logs): Promise<Broker> {
  const config = new LiveConfig(brokerConfig, {
    keptIn: join(directory, 'broker.properties'),
  });
  config.apply(
    [
      setting('brokerName', 'broker-a'),
      setting('brokerIP1', options.host),
      setting('brokerIP2', options.host),
      setting('listenPort', options.brokerPort),
      setting('namesrvAddr', `127.0.0.1:${options.nameServerPort}`),
      setting('storePathRootDir', join(directory, 'store')),
      setting('enablePropertyFilter', true),
    ],
    'embedded',
  );
  return withPortFlag('--broker-port', options.brokerPort, () =>
    Broker.start({
      config: config.settings,
      configAccess: config,
      log: logs.logger('broker'),
    }),
  );
}

function setting(key: string, value: string | number | boolean) {
  return { key, value: String(value), line: 0 };
}

async function withPortFlag<T>(flag: string, port: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (errorCode(error) === 'STORE_LOCKED') {
      throw new RocketMqError(
        `${toError(error).message.split(':')[0]}: stop it, or choose another directory with --data`,
        { code: 'STORE_LOCKED', cause: error },
      );
    }
    if (errorCode(error) === 'EACCES' && toError(error).message.startsWith('listen ')) {
      throw new RocketMqError(
        `port ${port} may not be used by this account: choose one from 1024 with ${flag}`,
        { code: 'PORT_FORBIDDEN', details: { port }, cause: error },
      );
    }
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    throw new RocketMqError(
      `port ${port} is taken: stop what uses it, or choose another with ${flag}`,
      {
        code: 'PORT_TAKEN',
        details: { port },
        cause: error,
      },
    );
  }
}
