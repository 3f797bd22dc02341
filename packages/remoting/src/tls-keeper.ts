import { type Logger, toError } from '@orbitmq/kernel';
import type { Clock, Disk, Net, TlsAcceptor, TlsServerOptions } from '@orbitmq/runtime';
import {
  loadTlsServerOptions,
  settingsInvalid,
  type TlsServerSettings,
  tlsFilesStamp,
} from './tls-settings.ts';

export interface TlsKeeperOptions {
  readonly settings: TlsServerSettings;
  readonly net: Net;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
  readonly handshakeMs: number;
}

/**
 * A server's key and certificates: loaded at the start, or made when somebody needs them in test mode,
 * and loaded again when the files change. Source: FileWatchService in BrokerController, NamesrvController.
 */
export class TlsKeeper {
  readonly #options: TlsKeeperOptions;
  #acceptor: Promise<TlsAcceptor | undefined> | undefined;
  #stamp: string | undefined;
  #isLooking = false;

  constructor(options: TlsKeeperOptions) {
    this.#options = options;
  }

  /**
   * What secures connections; undefined when there is no key.
   *
   * @throws {RocketMqError} TLS_SETTINGS_INVALID
   */
  acceptor(): Promise<TlsAcceptor | undefined> {
    this.#acceptor ??= this.#load();
    return this.#acceptor;
  }

  /** Loads the files again if they changed. What is wrong with them is logged, and what was loaded stays. */
  async refresh(): Promise<void> {
    const { settings, disk, log } = this.#options;
    if (settings.isTestMode || this.#stamp === undefined || this.#isLooking) return;
    this.#isLooking = true;
    try {
      const stamp = await tlsFilesStamp(settings, disk);
      if (stamp === this.#stamp) return;
      this.#stamp = stamp;
      await this.#replace();
      log.info({}, 'TLS key and certificates loaded again');
    } catch (thrown) {
      // Files are replaced one after another: the change of the next one leads here again.
      log.warn({ err: toError(thrown) }, 'TLS key and certificates cannot be loaded again');
    } finally {
      this.#isLooking = false;
    }
  }

  async #load(): Promise<TlsAcceptor | undefined> {
    const { settings, disk, net } = this.#options;
    if (!settings.isTestMode) this.#stamp = await tlsFilesStamp(settings, disk);
    const options = await this.#read();
    return options === undefined ? undefined : fitting(() => net.tlsAcceptor(options));
  }

  async #replace(): Promise<void> {
    const acceptor = await this.#acceptor;
    const options = await this.#read();
    if (acceptor !== undefined && options !== undefined) fitting(() => acceptor.replace(options));
  }

  #read(): Promise<TlsServerOptions | undefined> {
    const { settings, handshakeMs } = this.#options;
    return loadTlsServerOptions(settings, this.#options, handshakeMs);
  }
}

function fitting<T>(action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    const { message } = toError(thrown);
    throw settingsInvalid(`TLS key, password and certificates do not fit: ${message}`, thrown);
  }
}
