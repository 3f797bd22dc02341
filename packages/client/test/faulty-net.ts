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
import type { MemoryNet, SeededRandom, VirtualTime } from '@orbitmq/testkit';

/** How often what goes wrong, as probabilities: of a connection being made, and of each chunk of bytes. Severe seeds have up to ten times as much. */
interface Fault {
  readonly refuse: number;
  readonly hang: number;
  readonly cut: number;
  readonly cutInHalf: number;
  readonly delay: number;
  readonly swallow: number;
  readonly garbage: number;
  readonly repeat: number;
}

const FAULTS: Fault = {
  refuse: 0.05,
  hang: 0.02,
  cut: 0.01,
  cutInHalf: 0.01,
  delay: 0.05,
  swallow: 0.005,
  garbage: 0.005,
  repeat: 0.01,
};
/** Long enough that requests time out now and then. */
const MAX_DELAY_MS = 4_000;
const MAX_GARBAGE_BYTES = 96;

type Deliver = (bytes: Buffer) => void;

/**
 * A network that fails its clients at random, by the numbers of a seed, until it is healed: connections are
 * refused, hang or are cut, also in the middle of a frame; bytes are late or never come; servers answer with
 * garbage, or twice. What is delivered is delivered in order, and unchanged.
 */
export class FaultyNet implements Net {
  readonly #net: MemoryNet;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #sockets = new Set<FaultySocket>();
  readonly #severity: number;
  isFaulty = true;

  constructor(net: MemoryNet, time: VirtualTime, random: SeededRandom) {
    this.#net = net;
    this.#time = time;
    this.#random = random;
    this.#severity = random.pick([0.3, 1, 3, 10]);
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
    const { host, port, timeoutMs } = options;
    if (this.#happens('hang')) {
      await this.#sleep(timeoutMs);
      throw new Error(`connect ETIMEDOUT ${host}:${port}`);
    }
    if (this.#happens('refuse')) throw new Error(`connect ECONNREFUSED ${host}:${port}`);
    if (this.#happens('delay')) await this.#sleep(Math.min(timeoutMs, this.#delayMs()));
    const inner = await this.#net.connect(options);
    const socket = new FaultySocket(inner, {
      outgoing: (bytes, deliver, close) => this.#pass(bytes, false, deliver, close),
      incoming: (bytes, deliver, close) => this.#pass(bytes, true, deliver, close),
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

  /** What becomes of a chunk. @returns by how much everything behind it is late too, in milliseconds */
  #pass(bytes: Buffer, isAnswer: boolean, deliver: Deliver, cut: () => void): number {
    if (this.#happens('cut')) {
      cut();
    } else if (this.#happens('cutInHalf')) {
      deliver(bytes.subarray(0, this.#random.below(bytes.length + 1)));
      cut();
    } else if (this.#happens('swallow')) {
      // Half of a chunk in the stream would change what is behind it: nothing comes any more.
      return Number.POSITIVE_INFINITY;
    } else if (isAnswer && this.#happens('garbage')) {
      deliver(this.#garbage());
      deliver(bytes);
    } else {
      deliver(bytes);
      if (isAnswer && this.#happens('repeat')) deliver(bytes);
    }
    return this.#happens('delay') ? this.#delayMs() : 0;
  }

  #happens(fault: keyof Fault): boolean {
    return this.isFaulty && this.#random.chance(this.#severity * FAULTS[fault]);
  }

  #delayMs(): number {
    return 1 + this.#random.below(MAX_DELAY_MS);
  }

  #garbage(): Buffer {
    const sizeBytes = 1 + this.#random.below(MAX_GARBAGE_BYTES);
    return Buffer.from(Array.from({ length: sizeBytes }, () => this.#random.below(256)));
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#time.after(ms, resolve);
    });
  }
}

type Pass = (bytes: Buffer, deliver: Deliver, cut: () => void) => number;

interface SocketFaults {
  readonly outgoing: Pass;
  readonly incoming: Pass;
  readonly after: (ms: number, act: () => void) => void;
  readonly onClosed: (socket: FaultySocket) => void;
}

/** Chunks of one direction, each after the one before it. */
class Stream {
  readonly #faults: SocketFaults;
  readonly #pass: Pass;
  readonly #deliver: Deliver;
  readonly #cut: () => void;
  readonly #waiting: Buffer[] = [];
  readonly #onDead: () => void;
  #isLate = false;
  #isDead = false;

  // oxlint-disable-next-line max-params -- what becomes of chunks
  constructor(
    faults: SocketFaults,
    pass: Pass,
    deliver: Deliver,
    cut: () => void,
    onDead: () => void,
  ) {
    this.#onDead = onDead;
    this.#faults = faults;
    this.#pass = pass;
    this.#deliver = deliver;
    this.#cut = cut;
  }

  push(bytes: Buffer): void {
    if (this.#isDead) return;
    if (this.#isLate) this.#waiting.push(Buffer.from(bytes));
    else this.#send(bytes);
  }

  #send(bytes: Buffer): void {
    const lateMs = this.#pass(bytes, this.#deliver, this.#cut);
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
export class FaultySocket implements Socket {
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
    const write = (bytes: Buffer): void => inner.write(Buffer.from(bytes));
    // Without what the other end acknowledges TCP sends it nothing new: both directions are dead.
    const onDead = (): void => this.#incoming?.end();
    this.#outgoing = new Stream(faults, faults.outgoing, write, () => this.cut(), onDead);
  }

  get unsentBytes(): number {
    return this.#inner.unsentBytes;
  }

  start(listener: SocketListener): void {
    let isClosed = false;
    const deliver = (bytes: Buffer): void => {
      if (!isClosed) listener.onData(bytes);
    };
    const { incoming } = this.#faults;
    const onDead = (): void => this.#outgoing.end();
    this.#incoming = new Stream(this.#faults, incoming, deliver, () => this.cut(), onDead);
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
