import { errorCode, type Logger, toError } from '@orbitmq/kernel';
import { RemotingServer, type RemotingServerOptions } from '@orbitmq/remoting';

/** Where Apache's brokers have their second port, below the first. */
const FAST_PORT_BELOW = 2;

export interface BrokerPortsOptions extends Omit<RemotingServerOptions, 'log'> {
  readonly log: Logger;
}

/**
 * The ports of a broker. On `listenPort` everything is asked; on the port two below it, which clients use that prefer
 * the "VIP channel" (those before 4.5.1 unless told otherwise), everything but pulls.
 *
 * Source: BrokerController.java (fastRemotingServer), MixAll.brokerVIPChannel.
 */
export class BrokerPorts {
  readonly #log: Logger;
  readonly #server: RemotingServer;
  /** Undefined where there is no port two below. */
  readonly #fastServer: RemotingServer | undefined;
  readonly #fastPort: number;

  constructor(options: BrokerPortsOptions) {
    this.#log = options.log;
    this.#server = new RemotingServer(options);
    this.#fastPort = options.port - FAST_PORT_BELOW;
    this.#fastServer =
      this.#fastPort > 0 ? new RemotingServer({ ...options, port: this.#fastPort }) : undefined;
  }

  /** Has handlers registered at each port. */
  register(atPort: (server: RemotingServer, takesPulls: boolean) => void): void {
    atPort(this.#server, true);
    if (this.#fastServer !== undefined) atPort(this.#fastServer, false);
  }

  /**
   * Opens the ports.
   *
   * @returns the first one
   * @throws as `RemotingServer.listen`, for the first one; without the second the broker serves all the same, and the
   *   log says so
   */
  async listen(): Promise<number> {
    const { port } = await this.#server.listen();
    try {
      await this.#fastServer?.listen();
    } catch (error) {
      const reason = errorCode(error);
      this.#log.warn(
        { port: this.#fastPort, reason, err: toError(error) },
        'the second port cannot be opened: clients that use the VIP channel do not reach this broker',
      );
    }
    return port;
  }

  /** As `RemotingServer.close`, for both. */
  async close(): Promise<void> {
    await Promise.all([this.#server.close(), this.#fastServer?.close()]);
  }
}
