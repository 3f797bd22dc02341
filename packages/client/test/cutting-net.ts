import type {
  ConnectOptions,
  ListenOptions,
  Net,
  PortListener,
  Socket,
  TlsAcceptor,
} from '@orbitmq/runtime';
import type { MemoryNet, VirtualTime } from '@orbitmq/testkit';
import { FaultySocket } from './faulty-net.ts';

/** From the n-th event on, 0 being the first: only that one, or that and everything after it until {@link CuttingNet.heal}. */
export interface Cut {
  readonly at: number;
  readonly lasts: boolean;
}

/** A network that cuts its clients off at one moment: while they connect, or before a chunk of bytes in either direction. */
export class CuttingNet implements Net {
  readonly #net: MemoryNet;
  readonly #time: VirtualTime;
  readonly #cut: Cut;
  readonly #sockets = new Set<FaultySocket>();
  #events = 0;
  #isHealed = false;

  constructor(net: MemoryNet, time: VirtualTime, cut: Cut) {
    this.#net = net;
    this.#time = time;
    this.#cut = cut;
  }

  /** Connections that a client has open. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Whether anything was cut. */
  get hasCut(): boolean {
    return this.#events > this.#cut.at;
  }

  heal(): void {
    this.#isHealed = true;
  }

  listen(options: ListenOptions, accept: (socket: Socket) => void): Promise<PortListener> {
    return this.#net.listen(options, accept);
  }

  tlsAcceptor(): TlsAcceptor {
    return this.#net.tlsAcceptor();
  }

  async connect(options: ConnectOptions): Promise<Socket> {
    if (this.#isCut()) throw new Error(`connect ECONNRESET ${options.host}:${options.port}`);
    const inner = await this.#net.connect(options);
    const pass = (bytes: Buffer, deliver: (bytes: Buffer) => void, cut: () => void): number => {
      if (this.#isCut()) cut();
      else deliver(bytes);
      return 0;
    };
    const socket = new FaultySocket(inner, {
      outgoing: pass,
      incoming: pass,
      after: (ms, act) => void this.#time.after(ms, act),
      onClosed: (closed) => void this.#sockets.delete(closed),
    });
    this.#sockets.add(socket);
    return socket;
  }

  #isCut(): boolean {
    const event = this.#events++;
    const { at, lasts } = this.#cut;
    return !this.#isHealed && (lasts ? event >= at : event === at);
  }
}
