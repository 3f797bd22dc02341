/**
 * The network as servers and clients see it: byte streams, so that tests can put one in its place
 * that splits, delays and loses.
 *
 * Failures are Node.js system errors (`code` ECONNREFUSED, ECONNRESET, EADDRINUSE ...), passed on as they are.
 */
export interface Net {
  /**
   * Opens a port; 0 takes a free one.
   *
   * @throws EADDRINUSE, EACCES ...
   */
  listen(options: ListenOptions, accept: (socket: Socket) => void): Promise<PortListener>;
  /**
   * Connects, and finishes the TLS handshake when `tls` is given.
   *
   * @throws ETIMEDOUT after `timeoutMs`, ECONNREFUSED ..., or what TLS objects to
   */
  connect(options: ConnectOptions): Promise<Socket>;
  /** Prepares the server's end of TLS. @throws when key, certificate or password do not fit */
  tlsAcceptor(options: TlsServerOptions): TlsAcceptor;
}

export interface Endpoint {
  /** An IP address in text form, IPv4-mapped addresses in their IPv4 form. */
  readonly host: string;
  readonly port: number;
}

export interface ListenOptions {
  /** All interfaces when it is absent. */
  readonly host?: string | undefined;
  readonly port: number;
  /** Connections that the system keeps waiting to be accepted. */
  readonly backlog: number;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly tls?: TlsClientOptions | undefined;
}

/** An open port. */
export interface PortListener extends Endpoint {
  /** Accepts no more; connections that exist stay. Idempotent. */
  close(): Promise<void>;
}

/** What happens on a socket; none of these may throw. */
export interface SocketListener {
  /** Bytes that came, valid during the call: sockets may share the buffer they read into. */
  onData(bytes: Buffer): void;
  /** Everything written was passed to the system, after `unsentBytes` had been above 0. */
  onDrain(): void;
  /** The last call. `error` when it did not end in order. */
  onClose(error: Error | undefined): void;
}

/** One connection. Nothing is read before {@link start}. */
export interface Socket {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly isSecure: boolean;
  /** Bytes written that the system has not taken yet; 0 means that the buffers of all writes are free again. */
  readonly unsentBytes: number;
  /** Starts reading; may be called again to hand the stream to another listener. */
  start(listener: SocketListener): void;
  /** Passes bytes on; the buffer belongs to the socket until `unsentBytes` is 0. Nothing happens on a closed one. */
  write(bytes: Buffer): void;
  /** Gathers writes, to pass them on in one system call ... */
  cork(): void;
  /** ... when this is called. */
  uncork(): void;
  pause(): void;
  resume(): void;
  /** Says goodbye behind what was written and hears no more; closes when the peer has said goodbye too. */
  end(): void;
  /** Closes at once. Idempotent. */
  destroy(): void;
  /**
   * Goes on as the server's end of a TLS stream that begins with `firstBytes`; from then on the
   * listener gets, and writes, plain bytes. A handshake that fails closes the socket.
   */
  secure(acceptor: TlsAcceptor, firstBytes: Buffer): void;
}

/** The server's end of TLS, for many sockets. */
export interface TlsAcceptor {
  /** Replaces key and certificates for handshakes to come. @throws when they do not fit */
  replace(options: TlsServerOptions): void;
}

export interface TlsServerOptions {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  readonly passphrase?: string | undefined;
  /** Certificates of those who may sign a client's. */
  readonly ca?: string | Buffer | undefined;
  readonly clientCertificate: 'none' | 'optional' | 'require';
  /** Whether a client's certificate must be signed by one of `ca`. */
  readonly verifiesClient: boolean;
  readonly handshakeTimeoutMs: number;
}

export interface TlsClientOptions {
  readonly key?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly passphrase?: string | undefined;
  readonly ca?: string | Buffer | undefined;
  /** Whether the server's certificate must be signed by one of `ca`; its host name never matters. */
  readonly verifiesServer: boolean;
}
