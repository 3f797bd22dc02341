/** Node's sockets behind {@link Net}. */
import {
  connect as connectTcp,
  createServer,
  type Server,
  type Socket as TcpSocket,
} from 'node:net';
import {
  connect as connectTls,
  createServer as createTlsServer,
  type TLSSocket,
  type TlsOptions,
  type Server as TlsServer,
} from 'node:tls';
import type {
  ConnectOptions,
  Endpoint,
  ListenOptions,
  Net,
  PortListener,
  Socket,
  SocketListener,
  TlsAcceptor,
  TlsServerOptions,
} from './net.ts';
import { readingIntoSharedBuffer } from './shared-reads.ts';

const IPV4_MAPPED = '::ffff:';
class NodeSocket implements Socket {
  #socket: TcpSocket;
  #listener: SocketListener | undefined;
  #error: Error | undefined;
  #isClosed = false;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  isSecure: boolean;
  /** Whether bytes come without `data` being listened to. */
  readonly #readsByItself: boolean;

  /** @param isAccepted whether the port accepted it, paused */
  constructor(accepted: TcpSocket, isSecure: boolean, isAccepted: boolean) {
    const reading = isAccepted
      ? readingIntoSharedBuffer(accepted, (bytes) => this.#listener?.onData(bytes))
      : undefined;
    const socket = reading ?? accepted;
    this.#readsByItself = reading !== undefined;
    this.#socket = socket;
    this.isSecure = isSecure;
    this.remote = { host: plainHost(socket.remoteAddress), port: socket.remotePort ?? 0 };
    this.local = { host: plainHost(socket.localAddress), port: socket.localPort ?? 0 };
    this.#follow(socket);
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  start(listener: SocketListener): void {
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (this.#isClosed) {
      queueMicrotask(() => listener.onClose(this.#error));
      return;
    }
    if (!isFirst) return;
    if (!this.#readsByItself) this.#read(this.#socket);
    this.#socket.resume();
  }

  write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  secure(acceptor: TlsAcceptor, firstBytes: Buffer): void {
    const raw = this.#socket;
    raw.removeAllListeners('data');
    raw.pause();
    raw.unshift(firstBytes);
    (acceptor as NodeTlsAcceptor).accept(raw, (secured) => {
      raw.removeAllListeners('drain');
      this.#socket = secured;
      this.isSecure = true;
      this.#follow(secured);
      this.#read(secured);
    });
  }

  #read(socket: TcpSocket): void {
    socket.on('data', (bytes: Buffer) => this.#listener?.onData(bytes));
  }

  #follow(socket: TcpSocket): void {
    socket.on('drain', () => this.#listener?.onDrain());
    socket.on('error', (error: Error) => {
      this.#error ??= error;
    });
    socket.on('close', () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#listener?.onClose(this.#error);
    });
  }
}

function plainHost(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith(IPV4_MAPPED) ? address.slice(IPV4_MAPPED.length) : address;
}

/**
 * One TLS server that never listens: sockets whose first byte announced TLS are given to it. It tells
 * them apart by their addresses, which are unique among the connections of a machine.
 */
class NodeTlsAcceptor implements TlsAcceptor {
  readonly #server: TlsServer;
  readonly #waiting = new Map<string, (secured: TLSSocket) => void>();
  #options: TlsServerOptions;

  constructor(options: TlsServerOptions) {
    this.#options = options;
    this.#server = createTlsServer(serverOptions(options));
    this.#server.on('secureConnection', (secured) => {
      const key = addressesOf(secured);
      const onSecured = this.#waiting.get(key);
      this.#waiting.delete(key);
      if (onSecured === undefined || !this.#isAcceptable(secured)) secured.destroy();
      else onSecured(secured);
    });
    // A failed handshake: the socket gets the error, and its owner the close.
    this.#server.on('tlsClientError', (error, secured) => secured.destroy(error));
  }

  accept(raw: TcpSocket, onSecured: (secured: TLSSocket) => void): void {
    const key = addressesOf(raw);
    this.#waiting.set(key, onSecured);
    raw.once('close', () => {
      if (this.#waiting.get(key) === onSecured) this.#waiting.delete(key);
    });
    this.#server.emit('connection', raw);
  }

  replace(options: TlsServerOptions): void {
    this.#server.setSecureContext(serverOptions(options));
    this.#options = options;
  }

  /** What Node does not judge itself: a certificate that must be there, or must be good if it is. */
  #isAcceptable(secured: TLSSocket): boolean {
    const { clientCertificate, verifiesClient } = this.#options;
    if (clientCertificate === 'none') return true;
    const hasCertificate = Object.keys(secured.getPeerCertificate()).length > 0;
    if (!hasCertificate) return clientCertificate === 'optional';
    return secured.authorized || !verifiesClient;
  }
}

function addressesOf(socket: TcpSocket): string {
  return `${socket.remoteAddress}|${socket.remotePort}|${socket.localAddress}|${socket.localPort}`;
}

function serverOptions(options: TlsServerOptions): TlsOptions {
  return {
    key: options.key,
    cert: options.cert,
    requestCert: options.clientCertificate !== 'none',
    rejectUnauthorized: options.clientCertificate === 'require' && options.verifiesClient,
    handshakeTimeout: options.handshakeTimeoutMs,
    ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  };
}

function listen(options: ListenOptions, accept: (socket: Socket) => void): Promise<PortListener> {
  const settings = { noDelay: true, keepAlive: false, pauseOnConnect: true };
  const server = createServer(settings, (socket) => accept(new NodeSocket(socket, false, true)));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const { host, port, backlog } = options;
    server.listen({ port, backlog, ...(host === undefined ? {} : { host }) }, () => {
      server.removeListener('error', reject);
      resolve(portListener(server, options));
    });
  });
}

function portListener(server: Server, { host, port }: ListenOptions): PortListener {
  const bound = server.address();
  // An accept that fails (EMFILE) leaves the port open: the next one may succeed.
  server.on('error', () => undefined);
  return {
    host: host ?? '0.0.0.0',
    port: bound !== null && typeof bound === 'object' ? bound.port : port,
    close() {
      // Resolves at once: Node would wait for the connections, whose owner closes them.
      server.close();
      return Promise.resolve();
    },
  };
}

function connect(options: ConnectOptions): Promise<Socket> {
  const { host, port, timeoutMs, tls } = options;
  return new Promise((resolve, reject) => {
    const socket =
      tls === undefined
        ? connectTcp({ host, port, noDelay: true })
        : connectTls({
            host,
            port,
            rejectUnauthorized: tls.verifiesServer,
            checkServerIdentity: () => undefined,
            ...(tls.key === undefined ? {} : { key: tls.key }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
          });
    if (tls !== undefined) socket.setNoDelay(true);
    const timer = setTimeout(() => {
      const error: NodeJS.ErrnoException = new Error(
        `connect to ${host}:${port} timed out after ${timeoutMs} ms`,
      );
      error.code = 'ETIMEDOUT';
      socket.destroy(error);
    }, timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    socket.once('error', fail);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.removeListener('error', fail);
      resolve(new NodeSocket(socket, tls !== undefined, false));
    });
  });
}

/** Node's network. TCP_NODELAY is on, keep-alive off, as in Apache's. */
export const nodeNet: Net = {
  listen,
  connect,
  tlsAcceptor: (options) => new NodeTlsAcceptor(options),
};
