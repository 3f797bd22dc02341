import type {
  ConnectOptions,
  Endpoint,
  ListenOptions,
  Net,
  PortListener,
  Socket,
  SocketListener,
  TlsAcceptor,
} from '@orbitmq/runtime';

/** One end of a connection in memory. Bytes reach the other end in a turn of their own. */
export class MemorySocket implements Socket {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly isSecure = false;
  /** Whether what is written stays unsent, as when the other end does not read. */
  isBlocked = false;
  isPaused = false;
  isClosed = false;
  hasEnded = false;
  writes = 0;
  peer: MemorySocket | undefined;
  #listener: SocketListener | undefined;
  #unsent: Buffer[] = [];
  #arrived: Buffer[] = [];

  constructor(local: Endpoint, remote: Endpoint) {
    this.local = local;
    this.remote = remote;
  }

  get unsentBytes(): number {
    return this.#unsent.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  start(listener: SocketListener): void {
    this.#listener = listener;
    this.#deliver();
  }

  write(bytes: Buffer): void {
    if (this.isClosed || this.hasEnded) return;
    this.writes++;
    if (this.isBlocked) this.#unsent.push(bytes);
    else this.peer?.arrive(Buffer.from(bytes));
  }

  cork(): void {
    // Bytes arrive in turns of their own anyway.
  }

  uncork(): void {
    // See cork.
  }

  /** The other end reads again. */
  unblock(): void {
    this.isBlocked = false;
    for (const bytes of this.#unsent.splice(0)) this.peer?.arrive(Buffer.from(bytes));
    this.#listener?.onDrain();
  }

  arrive(bytes: Buffer): void {
    this.#arrived.push(bytes);
    setImmediate(() => this.#deliver());
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    setImmediate(() => this.#deliver());
  }

  end(): void {
    this.hasEnded = true;
    setImmediate(() => this.peer?.fail(undefined));
  }

  destroy(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    setImmediate(() => this.peer?.fail(undefined));
    setImmediate(() => this.#listener?.onClose(undefined));
  }

  /** The connection breaks. */
  fail(error: Error | undefined): void {
    this.#deliver();
    if (this.isClosed) return;
    this.isClosed = true;
    this.#listener?.onClose(error);
    const { peer } = this;
    if (peer !== undefined && !peer.isClosed) setImmediate(() => peer.fail(error));
  }

  secure(): void {
    throw new Error('no TLS in memory');
  }

  #deliver(): void {
    while (this.#listener !== undefined && !this.isPaused && !this.isClosed) {
      const bytes = this.#arrived.shift();
      if (bytes === undefined) return;
      if (!this.hasEnded) this.#listener.onData(bytes);
    }
  }
}

const HOST = '127.0.0.1';

/** A network in memory with one host. */
export class MemoryNet implements Net {
  readonly #ports = new Map<number, (socket: Socket) => void>();
  /** The servers' ends, in the order of their connections. */
  readonly accepted: MemorySocket[] = [];
  /** The clients' ends. */
  readonly connected: MemorySocket[] = [];
  attempts = 0;
  /** Whether connecting never comes to an end. */
  isDark = false;
  #nextPort = 40_000;

  listen(options: ListenOptions, accept: (socket: Socket) => void): Promise<PortListener> {
    const port = options.port === 0 ? this.#nextPort++ : options.port;
    this.#ports.set(port, accept);
    const close = (): Promise<void> => {
      this.#ports.delete(port);
      return Promise.resolve();
    };
    return Promise.resolve({ host: HOST, port, close });
  }

  async connect({ host, port }: ConnectOptions): Promise<Socket> {
    this.attempts++;
    if (this.isDark) await new Promise(() => undefined);
    await Promise.resolve();
    const accept = this.#ports.get(port);
    if (accept === undefined) throw new Error(`connect ECONNREFUSED ${host}:${port}`);
    const local = { host: HOST, port: this.#nextPort++ };
    const ours = new MemorySocket(local, { host, port });
    const theirs = new MemorySocket({ host, port }, local);
    ours.peer = theirs;
    theirs.peer = ours;
    this.connected.push(ours);
    this.accepted.push(theirs);
    accept(theirs);
    return ours;
  }

  tlsAcceptor(): TlsAcceptor {
    throw new Error('no TLS in memory');
  }
}
