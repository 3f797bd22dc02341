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
import type { MemoryNet, VirtualTime } from '@orbitmq/testkit';

export type Deliver = (bytes: Buffer) => void;

/** A chunk of bytes on its way between a client and its server. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly isAnswer: boolean;
  readonly deliver: Deliver;
  /** Ends the connection. */
  readonly cut: () => void;
}

/** A network in memory that fails its clients, in ways that those who extend it choose; servers are spared. */
export abstract class FailingNet implements Net {
  readonly #net: MemoryNet;
  readonly #time: VirtualTime;
  readonly #sockets = new Set<FailingSocket>();

  constructor(net: MemoryNet, time: VirtualTime) {
    this.#net = net;
    this.#time = time;
  }

  /** Connections that a client has open. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  listen(options: ListenOptions, accept: (socket: Socket) => void): Promise<PortListener> {
    return this.#net.listen(options, accept);
  }

  tlsAcceptor(): TlsAcceptor {
    return this.#net.tlsAcceptor();
  }

  async connect(options: ConnectOptions): Promise<Socket> {
    await this.beforeConnecting(options);
    const socket = new FailingSocket(await this.#net.connect(options), {
      pass: (chunk) => this.pass(chunk),
      after: (ms, act) => void this.#time.after(ms, act),
      onClosed: (closed) => void this.#sockets.delete(closed),
    });
    this.#sockets.add(socket);
    return socket;
  }

  /** All connections break. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.cut();
  }

  protected sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#time.after(ms, resolve);
    });
  }

  /** Rejects when no connection is to be made. */
  protected abstract beforeConnecting(options: ConnectOptions): Promise<void>;

  /**
   * What becomes of a chunk.
   *
   * @returns by how much everything behind it is late too, in milliseconds; without end when nothing comes any more
   */
  protected abstract pass(chunk: Chunk): number;
}

interface SocketFaults {
  readonly pass: (chunk: Chunk) => number;
  readonly after: (ms: number, act: () => void) => void;
  readonly onClosed: (socket: FailingSocket) => void;
}

/** Chunks of one direction, each after the one before it. */
class Stream {
  readonly #faults: SocketFaults;
  readonly #way: Omit<Chunk, 'bytes'>;
  readonly #waiting: Buffer[] = [];
  readonly #onDead: () => void;
  #isLate = false;
  #isDead = false;

  constructor(faults: SocketFaults, way: Omit<Chunk, 'bytes'>, onDead: () => void) {
    this.#faults = faults;
    this.#way = way;
    this.#onDead = onDead;
  }

  push(bytes: Buffer): void {
    if (this.#isDead) return;
    if (this.#isLate) this.#waiting.push(Buffer.from(bytes));
    else this.#send(bytes);
  }

  #send(bytes: Buffer): void {
    const lateMs = this.#faults.pass({ ...this.#way, bytes });
    if (lateMs === 0) return;
    this.#isLate = true;
    if (!Number.isFinite(lateMs)) {
      this.end();
      this.#onDead();
      return;
    }
    this.#faults.after(lateMs, () => {
      this.#isLate = false;
      for (const next of this.#waiting.splice(0)) this.push(next);
    });
  }

  /** Nothing comes through any more. */
  end(): void {
    this.#isDead = true;
    this.#waiting.length = 0;
  }
}

/** A client's end of a connection that may fail. */
class FailingSocket implements Socket {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly isSecure = false;
  readonly #inner: Socket;
  readonly #faults: SocketFaults;
  readonly #outgoing: Stream;
  #incoming: Stream | undefined;

  constructor(inner: Socket, faults: SocketFaults) {
    this.remote = inner.remote;
    this.local = inner.local;
    this.#inner = inner;
    this.#faults = faults;
    const deliver = (bytes: Buffer): void => inner.write(Buffer.from(bytes));
    const way = { isAnswer: false, deliver, cut: () => this.cut() };
    // Without what the other end acknowledges TCP sends it nothing new: both directions are dead.
    this.#outgoing = new Stream(faults, way, () => this.#incoming?.end());
  }

  get unsentBytes(): number {
    return this.#inner.unsentBytes;
  }

  start(listener: SocketListener): void {
    let isClosed = false;
    const deliver = (bytes: Buffer): void => {
      if (!isClosed) listener.onData(bytes);
    };
    const way = { isAnswer: true, deliver, cut: () => this.cut() };
    this.#incoming = new Stream(this.#faults, way, () => this.#outgoing.end());
    this.#inner.start({
      onData: (bytes) => this.#incoming?.push(bytes),
      onDrain: () => listener.onDrain(),
      onClose: (error) => {
        isClosed = true;
        this.#faults.onClosed(this);
        listener.onClose(error);
      },
    });
  }

  write(bytes: Buffer): void {
    this.#outgoing.push(bytes);
  }

  cut(): void {
    this.#inner.destroy();
  }

  cork(): void {
    this.#inner.cork();
  }

  uncork(): void {
    this.#inner.uncork();
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
    // One that was never started has nobody to tell.
    if (this.#incoming === undefined) this.#faults.onClosed(this);
  }

  secure(): void {
    throw new Error('no TLS in memory');
  }
}
