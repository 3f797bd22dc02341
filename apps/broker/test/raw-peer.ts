import { connect, type Socket } from 'node:net';
import {
  encodeCommand,
  FrameError,
  FrameView,
  isResponse,
  type RemotingCommand,
  readFrame,
  SerializeType,
  toCommand,
} from '@orbitmq/protocol';

/** What a server needs at most to answer or to close, on a machine that has other work. */
const DEADLINE_MS = 15_000;

export interface RawRequest {
  readonly code: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Older than every flag that servers know by default. */
  readonly version?: number;
}

/** A connection that may send anything, and tells what comes back. */
export class RawPeer implements AsyncDisposable {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #onEvent: (() => void) | undefined;
  #opaque = 0;

  static async connect(address: string): Promise<RawPeer> {
    const [host, port] = address.split(':');
    const socket = connect(Number(port), host);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawPeer(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#onEvent?.();
    });
    // A reset is one way of being closed.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
      this.#onEvent?.();
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Drops what has come so far. */
  forget(): void {
    this.#received = Buffer.alloc(0);
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Reads nothing more of what the server sends. */
  pause(): void {
    this.#socket.pause();
  }

  /** Ends this side and waits for the other. */
  async end(): Promise<void> {
    this.#socket.end();
    await this.closed();
  }

  /** Sends a request and gives its answer; what the server asks meanwhile is passed over. */
  async ask(request: RawRequest): Promise<RemotingCommand> {
    const opaque = this.request(request);
    let answer = await this.answer();
    while (answer !== undefined && !isResponse(answer)) answer = await this.answer();
    if (answer?.opaque !== opaque) throw new Error(`no answer to request ${request.code}`);
    return answer;
  }

  /** Sends a request. @returns its id */
  request({ code, fields, body, version = 407 }: RawRequest): number {
    const opaque = ++this.#opaque;
    this.send(
      encodeCommand({
        code,
        language: 0,
        version,
        opaque,
        flag: 0,
        extFields: fields ?? {},
        body: typeof body === 'string' ? Buffer.from(body) : body,
        serializeType: SerializeType.json,
      }),
    );
    return opaque;
  }

  /** The next answer; undefined when the server closes instead. */
  async answer(): Promise<RemotingCommand | undefined> {
    for (;;) {
      const view = new FrameView();
      const bytes = readFrame(this.#received, 0, this.#received.length, view);
      if (bytes > 0) {
        const command = toCommand(view);
        this.#received = this.#received.subarray(bytes);
        return command;
      }
      if (this.#isClosed) return undefined;
      await this.#event();
    }
  }

  /** Whether a frame has come; what a server says in another protocol before it closes is none. */
  hasAnswer(): boolean {
    try {
      return readFrame(this.#received, 0, this.#received.length, new FrameView()) > 0;
    } catch (error) {
      if (error instanceof FrameError) return false;
      throw error;
    }
  }

  /** Waits until the server closes; what it sends before is kept for {@link answer}. */
  async closed(): Promise<void> {
    while (!this.#isClosed) await this.#event();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.closed();
  }

  async #event(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#onEvent = resolve;
      timer = setTimeout(() => reject(new Error('the server does nothing')), DEADLINE_MS);
    });
    clearTimeout(timer);
  }
}
