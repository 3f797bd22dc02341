import { join } from 'node:path';
import { type Service, startOrbitBroker, startOrbitNamesrv } from '@orbitmq/interop/peers';
import { Ledger } from './ledger.ts';
import { Sender } from './sender.ts';

export interface Ports {
  readonly namesrv: number;
  readonly broker: number;
}

export interface LoadedBrokerOptions {
  readonly ports: Ports;
  /** Of the servers' own files. */
  readonly directory: string;
  readonly storeDirectory: string;
  /** The broker's, beside where its store is. */
  readonly properties: Readonly<Record<string, string>>;
  /** Of each message. */
  readonly bodyBytes: number;
}

/** A name server, a broker, and somebody who sends to it and keeps account of what it acknowledged. */
export class LoadedBroker {
  readonly ledger = new Ledger();
  readonly sender: Sender;
  readonly #options: LoadedBrokerOptions;
  readonly #namesrv: Service;
  #broker: Service;

  static async start(options: LoadedBrokerOptions): Promise<LoadedBroker> {
    const { ports, directory } = options;
    const namesrv = await startOrbitNamesrv({
      port: ports.namesrv,
      directory: join(directory, 'namesrv'),
    });
    try {
      return new LoadedBroker(options, namesrv, await startBroker(options, namesrv));
    } catch (error) {
      await namesrv.stop('kill');
      throw error;
    }
  }

  private constructor(options: LoadedBrokerOptions, namesrv: Service, broker: Service) {
    this.#options = options;
    this.#namesrv = namesrv;
    this.#broker = broker;
    this.sender = new Sender(broker.address, this.ledger, options.bodyBytes);
  }

  /** SIGKILL, also while messages are sent; the sender is idle afterwards, and the broker there again. */
  async killAndStart(): Promise<void> {
    await this.#broker.stop('kill');
    await this.sender.stop();
    this.#broker = await startBroker(this.#options, this.#namesrv);
  }

  async close(): Promise<void> {
    await this.sender.close();
    await this.#broker.stop('kill');
    await this.#namesrv.stop('kill');
  }
}

function startBroker(
  { ports, directory, storeDirectory, properties }: LoadedBrokerOptions,
  namesrv: Service,
): Promise<Service> {
  return startOrbitBroker({
    port: ports.broker,
    namesrvAddress: namesrv.address,
    directory: join(directory, 'broker'),
    properties: {
      ...properties,
      storePathRootDir: storeDirectory,
      storePathCommitLog: join(storeDirectory, 'commitlog'),
    },
  });
}
