/**
 * The beginning of a connection to a server: an optional PROXY header, then TLS or plain frames.
 *
 * A plain frame begins with 0x00 or 0x01, the high byte of its length; a TLS handshake with 0x16.
 *
 * Source: NettyRemotingServer.HandshakeHandler.
 */
import { RocketMqError, toError } from '@orbitmq/kernel';
import type { Clock, Socket, SocketListener, TlsAcceptor } from '@orbitmq/runtime';
import { formatAddress } from './connection.ts';
import { parseProxyHeader } from './proxy-header.ts';
import type { TlsMode } from './tls-settings.ts';

const TLS_HANDSHAKE = 0x16;
const NO_BYTES = Buffer.alloc(0);

export interface GreetingHost {
  readonly clock: Clock;
  readonly tlsMode: TlsMode;
  readonly acceptsProxyHeader: boolean;
  /** Undefined when there is no key. */
  tlsAcceptor(): Promise<TlsAcceptor | undefined>;
  /** The stream is known to carry frames; `firstBytes` are the first of them. */
  onFrames(greeting: Greeting, firstBytes: Buffer): void;
  onGreetingClosed(greeting: Greeting, error: Error | undefined): void;
}

export class Greeting implements SocketListener {
  readonly socket: Socket;
  /** When it was accepted, then when its first byte came; on the clock's monotonic scale. */
  startedMs: number;
  readonly #host: GreetingHost;
  #early: Buffer = NO_BYTES;
  #mayHaveProxyHeader: boolean;
  #isClosed = false;
  #isSecuring = false;
  /** Whether anything came: only then the time for the handshake runs. */
  hasBegun = false;
  /** `ip:port` of whoever is at the other end. */
  remoteAddress: string;

  constructor(socket: Socket, host: GreetingHost) {
    this.socket = socket;
    this.#host = host;
    this.startedMs = host.clock.monotonicMs();
    this.#mayHaveProxyHeader = host.acceptsProxyHeader;
    this.remoteAddress = formatAddress(socket.remote.host, socket.remote.port);
  }

  onData(bytes: Buffer): void {
    if (!this.hasBegun) {
      this.hasBegun = true;
      this.startedMs = this.#host.clock.monotonicMs();
    }
    if (this.socket.isSecure) {
      this.#host.onFrames(this, bytes);
      return;
    }
    // Nothing is read while a key is made, but what was read already may still come.
    this.#early = Buffer.concat([this.#early, bytes]);
    if (this.#isSecuring) return;
    try {
      this.#judge();
    } catch (thrown) {
      if (!(thrown instanceof RocketMqError)) throw thrown;
      this.close(thrown);
    }
  }

  onDrain(): void {
    // Nothing is written before the stream is known to carry frames.
  }

  onClose(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#host.onGreetingClosed(this, error);
  }

  close(error?: Error): void {
    this.socket.destroy();
    this.onClose(error);
  }

  #judge(): void {
    if (this.#mayHaveProxyHeader && !this.#takeProxyHeader()) return;
    const first = this.#early[0];
    if (first === undefined) return;
    const { tlsMode } = this.#host;
    if (first !== TLS_HANDSHAKE) {
      if (tlsMode === 'enforcing') throw refused('plain text where only TLS is allowed');
      this.#host.onFrames(this, this.#takeEarly());
    } else if (tlsMode === 'disabled') {
      throw refused('TLS is disabled');
    } else {
      this.#isSecuring = true;
      this.socket.pause();
      void this.#secure();
    }
  }

  /** @returns false when more bytes have to come first */
  #takeProxyHeader(): boolean {
    const header = parseProxyHeader(this.#early);
    if (header.kind === 'incomplete') return false;
    this.#mayHaveProxyHeader = false;
    if (header.kind === 'none') return true;
    this.#early = this.#early.subarray(header.sizeBytes);
    const { source } = header;
    if (source !== undefined) this.remoteAddress = formatAddress(source.host, source.port);
    return true;
  }

  #takeEarly(): Buffer {
    const early = this.#early;
    this.#early = NO_BYTES;
    return early;
  }

  async #secure(): Promise<void> {
    try {
      const acceptor = await this.#host.tlsAcceptor();
      if (this.#isClosed) return;
      if (acceptor === undefined) throw refused('no key for TLS');
      this.socket.secure(acceptor, this.#takeEarly());
    } catch (thrown) {
      this.close(toError(thrown));
    }
  }
}

function refused(reason: string): RocketMqError {
  return new RocketMqError(reason, { code: 'HANDSHAKE_REFUSED' });
}
