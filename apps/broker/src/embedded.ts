/** Name server and broker in one process, on settings that need no file: for development and first steps. */
import { join, resolve } from 'node:path';
import { Broker } from '@orbitmq/broker';
import { errorCode, RocketMqError } from '@orbitmq/kernel';
import { NameServer } from '@orbitmq/nameserver';
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
 * Starts both, then sends and receives a message.
 *
 * @throws {RocketMqError} PORT_TAKEN, naming the flag that chooses another, and whatever else a broker's start throws
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const directory = resolve(options.dataDirectory);
  const logs = new Logs({ directory: join(directory, 'logs'), level: 'info', console: 'none' });
  const nameServer = await startNameServer(options, directory, logs);
  try {
    const broker = await startBroker(options, directory, logs);
    const close = async (): Promise<void> => {
      await broker.close();
      await nameServer.close();
      await logs.close();
    };
    try {
      const proofMs = await provePath(broker.address);
      return {
        nameServerAddress: `${options.host}:${options.nameServerPort}`,
        brokerAddress: broker.address,
        dataDirectory: directory,
        proofMs,
        close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    await nameServer.close();
    throw error;
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
