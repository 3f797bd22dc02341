/**
 * One connection, either end of it: frames in, frames out, and the requests that wait for answers.
 *
 * Source: NettyRemotingAbstract.java.
 */
import { type GrowingBuffer, RocketMqError, toError } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  appendCommand,
  CommandFlag,
  encodeFields,
  type FrameView,
  LANGUAGE_OTHER,
  PROTOCOL_VERSION,
  type RemotingCommand,
  type RequestOf,
  SerializeType,
} from '@orbitmq/protocol';
import type { Socket, SocketListener } from '@orbitmq/runtime';
import { connectionLost, requestTimeout, tooManyRequests } from './errors.ts';
import { FrameInput, type InputBudget } from './frame-input.ts';
import type { Flushable, Flusher } from './output.ts';
import { PendingRequest, PendingRequests, type ReplyReceiver } from './pending-requests.ts';
import { PromisedReply, type Reply } from './reply.ts';
import type { TimeoutWheel } from './timeout-wheel.ts';

export interface ConnectionLimits {
  /** Requests of ours to this peer that may wait for an answer. */
  readonly maxPendingRequests: number;
  /** Output that the peer has not taken; above it no request of ours is added. */
  readonly refuseUnsentBytes: number;
  /** Output that the peer has not taken; above it nothing is read from it any more. */
  readonly pauseUnsentBytes: number;
  /** Above this the connection is closed: a peer that never reads shall not fill the memory. */
  readonly maxUnsentBytes: number;
}

/** What connections of one server or client share. */
export interface ConnectionHost {
  readonly limits: ConnectionLimits;
  readonly flusher: Flusher;
  readonly wheel: TimeoutWheel;
  readonly view: FrameView;
  readonly inputBudget: InputBudget;
  /** Whether a peer that sent nothing at all while a request timed out is taken for gone. */
  readonly closesSilentPeers: boolean;
  /** A request of the peer. The frame is valid during the call only. */
  onRequest(connection: Connection, frame: FrameView): void;
  /** An answer that nobody waits for. */
  onStrayAnswer(connection: Connection, frame: FrameView): void;
  onClosed(connection: Connection, reason: CloseReason): void;
}

export interface CloseReason {
  /** Constant text. */
  readonly reason: string;
  readonly error?: Error | undefined;
  /** Whether the peer sent something no peer sends, or took too much. */
  readonly isPeersFault: boolean;
}

/** Output above this is sent at once instead of at the end of the loop's turn, so that it does not pile up. */
const FLUSH_AT_BYTES = 1_048_576;
/** From this size on a body goes to the socket as it is; a smaller one is copied sooner than it is handed over. */
const MIN_UNCOPIED_BYTES = 32_768;
const CLOSED_HERE: CloseReason = { reason: 'closed by this end', isPeersFault: false };
const OPAQUE_MASK = 0x7fff_ffff;
const MAX_BINARY_CODE = 0x7fff;

export interface InvokeOptions {
  readonly timeoutMs: number;
  readonly body?: Buffer | undefined;
}

export class Connection implements SocketListener, Flushable {
  /** Unique among the connections of its server or client. */
  readonly id: number;
  /** `ip:port` of the peer, or of whom a proxy speaks for. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #input: FrameInput;
  readonly #pending: PendingRequests;
  #attributes: Map<string, unknown> | undefined;
  #output: GrowingBuffer | undefined;
  /** Bytes that go before those of {@link output}, in buffers of others. */
  #chunks: Buffer[] | undefined;
  #chunkBytes = 0;
  #isFlushQueued = false;
  #isPaused = false;
  #isReadingStopped = false;
  #isEnding = false;
  #isClosed = false;
  #closeReason: CloseReason | undefined;
  #nextOpaque = 0;
  #reads = 0;
  /** Requests of the peer that handlers are working on; kept by the dispatcher. */
  inFlight = 0;
  /** Set by every read and every write that went through; cleared by who watches for idle connections. */
  isActive = true;
  /** When {@link isActive} was last seen set, on the clock's monotonic scale; kept by who watches. */
  lastActiveMs = 0;

  constructor(
    id: number,
    socket: Socket,
    host: ConnectionHost,
    remoteAddress: string = formatAddress(socket.remote.host, socket.remote.port),
  ) {
    this.id = id;
    this.remoteAddress = remoteAddress;
    this.localAddress = formatAddress(socket.local.host, socket.local.port);
    this.#socket = socket;
    this.#host = host;
    this.#input = new FrameInput(host.view, host.inputBudget, (frame) => this.#onFrame(frame));
    this.#pending = new PendingRequests(host.wheel, (pending) => this.#onTimeout(pending));
  }

  /** What others keep with a connection; ends with it. */
  get attributes(): Map<string, unknown> {
    this.#attributes ??= new Map();
    return this.#attributes;
  }

  /** Whether nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#isClosed || this.#isEnding;
  }

  /** Whether the peer ever sent something. */
  get hasRead(): boolean {
    return this.#reads > 0;
  }

  get isSecure(): boolean {
    return this.#socket.isSecure;
  }

  get pendingRequests(): number {
    return this.#pending.size;
  }

  /** Output that the peer has not taken. */
  get unsentBytes(): number {
    return this.#socket.unsentBytes + this.#chunkBytes + (this.#output?.length ?? 0);
  }

  /**
   * Where a raw handler writes its answers: whole frames, `length` advanced when one is complete, then
   * {@link flushLater}. Ask for it anew in every turn of the loop: a flush puts another in its place.
   */
  get output(): GrowingBuffer {
    this.#output ??= this.#host.flusher.pool.lend();
    return this.#output;
  }

  /** Sends what was written when the events that are ready were handled. */
  flushLater(): void {
    if (!this.#isFlushQueued) {
      this.#isFlushQueued = true;
      this.#host.flusher.add(this);
    }
    if (this.#chunkBytes + (this.#output?.length ?? 0) >= FLUSH_AT_BYTES) this.flush();
  }

  /** Sends what was written now. */
  flush(): void {
    this.#isFlushQueued = false;
    const output = this.#output;
    const chunks = this.#chunks;
    if (output === undefined && chunks === undefined) return;
    this.#output = undefined;
    this.#chunks = undefined;
    this.#chunkBytes = 0;
    if (!this.#isClosed && this.#writeOut(chunks, output) > 0) return;
    if (output !== undefined) this.#host.flusher.pool.giveBack(output);
  }

  /** Queues a frame. On a closed connection nothing happens. @throws {RocketMqError} FRAME_TOO_LARGE */
  send(command: RemotingCommand): void {
    if (this.isClosed) return;
    appendCommand(command, this.output);
    this.flushLater();
  }

  /**
   * Queues bytes behind what was written: the body of a frame whose header is in {@link output}. Large
   * ones are not copied and must not change until they are sent, which nobody tells.
   */
  write(bytes: Buffer): void {
    if (this.isClosed) return;
    if (bytes.length < MIN_UNCOPIED_BYTES) {
      this.output.append(bytes);
    } else {
      this.#chunks ??= [];
      const output = this.#output;
      if (output !== undefined && output.length > 0) {
        this.#chunkBytes += output.length;
        this.#chunks.push(Buffer.from(output.buffer.subarray(0, output.length)));
        output.length = 0;
      }
      this.#chunkBytes += bytes.length;
      this.#chunks.push(bytes);
    }
    this.flushLater();
  }

  /**
   * Asks the peer. Rejects with REMOTING_TIMEOUT, REMOTING_SEND_FAILED or REMOTING_TOO_MANY_REQUESTS.
   */
  invoke<D extends AnyCommandDefinition>(
    definition: D,
    values: RequestOf<D>,
    options: InvokeOptions,
  ): Promise<Reply<D>> {
    return new Promise((resolve, reject) => {
      const extFields = encodeFields(definition.request, values as never);
      const request = { code: definition.code, extFields, body: options.body };
      this.request(request, options.timeoutMs, new PromisedReply(definition, resolve, reject));
    });
  }

  /** Tells the peer something; nobody learns whether it arrived. @throws {RocketMqError} as {@link invoke} rejects */
  notify<D extends AnyCommandDefinition>(definition: D, values: RequestOf<D>, body?: Buffer): void {
    const extFields = encodeFields(definition.request, values as never);
    this.sendOneway({ code: definition.code, extFields, body });
  }

  /** As {@link invoke}, without promises: for callers that send very many. */
  request(request: OutgoingRequest, timeoutMs: number, receiver: ReplyReceiver): void {
    if (this.isClosed) {
      receiver.onFailure(this.#lost());
      return;
    }
    const { maxPendingRequests, refuseUnsentBytes } = this.#host.limits;
    if (this.#pending.size >= maxPendingRequests || this.unsentBytes > refuseUnsentBytes) {
      receiver.onFailure(tooManyRequests(this.remoteAddress, maxPendingRequests));
      return;
    }
    const opaque = this.#takeOpaque();
    this.send(requestCommand(request, opaque, 0));
    const facts = { opaque, code: request.code, timeoutMs };
    this.#pending.add(new PendingRequest(this.#pending, facts, receiver, this.#reads));
  }

  /** @throws {RocketMqError} REMOTING_SEND_FAILED, REMOTING_TOO_MANY_REQUESTS */
  sendOneway(request: OutgoingRequest): void {
    if (this.isClosed) throw this.#lost();
    const { maxPendingRequests, refuseUnsentBytes } = this.#host.limits;
    if (this.unsentBytes > refuseUnsentBytes) {
      throw tooManyRequests(this.remoteAddress, maxPendingRequests);
    }
    this.send(requestCommand(request, this.#takeOpaque(), CommandFlag.oneway));
  }

  /** Reads no more from the peer, for good; what is under way can still be answered. */
  stopReading(): void {
    this.#isReadingStopped = true;
    this.#pause();
  }

  /**
   * Sends what was written and says goodbye; what waits for an answer fails. Closes when the peer has
   * said goodbye too: closing before, with its bytes unread, would make it lose what was just sent. Idempotent.
   */
  end(reason: string): void {
    if (this.isClosed) return;
    this.flush();
    if (this.isClosed) return;
    this.#isEnding = true;
    this.#closeReason ??= { reason, isPeersFault: false };
    this.#input.pause();
    this.#pending.failAll(this.#lost());
    this.#socket.end();
  }

  /** Closes at once; what waits for an answer fails. Idempotent. */
  close(reason: CloseReason = CLOSED_HERE): void {
    if (this.#isClosed) return;
    this.#closeReason ??= reason;
    this.#socket.destroy();
    this.onClose(undefined);
  }

  onData(bytes: Buffer): void {
    this.isActive = true;
    this.#reads++;
    this.#feed(bytes);
  }

  onDrain(): void {
    this.isActive = true;
    if (!this.#isPaused || this.#isReadingStopped) return;
    this.#isPaused = false;
    this.#socket.resume();
    this.#feed(undefined);
  }

  onClose(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeReason ??= {
      reason: error === undefined ? 'peer closed' : 'connection failed',
      error,
      isPeersFault: false,
    };
    this.#input.close();
    this.flush();
    this.#pending.failAll(this.#lost());
    this.#host.onClosed(this, this.#closeReason);
  }

  /** @param bytes undefined after a pause, to go on with what came before it */
  #feed(bytes: Buffer | undefined): void {
    try {
      if (bytes === undefined) this.#input.resume();
      else if (!this.isClosed) this.#input.feed(bytes);
    } catch (thrown) {
      // Frames that cannot be read, or no memory for them; anything else is a bug and ends the process.
      if (!(thrown instanceof RocketMqError)) throw thrown;
      this.close({ reason: thrown.message, error: thrown, isPeersFault: true });
    }
  }

  #onFrame(frame: FrameView): void {
    if (this.#isClosed) return;
    if (!frame.isResponse) this.#host.onRequest(this, frame);
    else if (!this.#pending.answer(frame)) this.#host.onStrayAnswer(this, frame);
  }

  #onTimeout(pending: PendingRequest): void {
    pending.receiver.onFailure(requestTimeout(this.remoteAddress, pending.code, pending.timeoutMs));
    // Nothing at all came since: the peer may be gone without a word, the next request shall find out.
    if (this.#host.closesSilentPeers && pending.readsBefore === this.#reads) {
      this.close({ reason: 'peer is silent', isPeersFault: false });
    }
  }

  /** @returns bytes that the system has not taken: those of `output` may be among them */
  #writeOut(chunks: readonly Buffer[] | undefined, output: GrowingBuffer | undefined): number {
    const socket = this.#socket;
    if (chunks !== undefined) {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
    }
    if (output !== undefined && output.length > 0) {
      socket.write(output.buffer.subarray(0, output.length));
    }
    if (chunks !== undefined) socket.uncork();
    return this.#checkUnsent();
  }

  /** Slows down a peer that does not read. @returns bytes that the system has not taken */
  #checkUnsent(): number {
    const unsent = this.#socket.unsentBytes;
    const { maxUnsentBytes, pauseUnsentBytes } = this.#host.limits;
    if (unsent === 0) {
      this.isActive = true;
    } else if (unsent > maxUnsentBytes) {
      this.close({ reason: 'peer does not read', isPeersFault: true });
    } else if (unsent > pauseUnsentBytes && !this.#isPaused) {
      this.#pause();
    }
    return unsent;
  }

  #pause(): void {
    this.#isPaused = true;
    this.#input.pause();
    this.#socket.pause();
  }

  #takeOpaque(): number {
    const opaque = this.#nextOpaque;
    this.#nextOpaque = (opaque + 1) & OPAQUE_MASK;
    return opaque;
  }

  #lost(): RocketMqError {
    const { reason, error } = this.#closeReason ?? CLOSED_HERE;
    return connectionLost(this.remoteAddress, reason, error && toError(error));
  }
}

/** A request before it has an id. */
export interface OutgoingRequest {
  readonly code: number;
  readonly extFields?: Readonly<Record<string, string>> | undefined;
  readonly body?: Buffer | undefined;
  /** JSON when absent, and for codes that the binary header cannot carry. */
  readonly serializeType?: SerializeType | undefined;
}

function requestCommand(request: OutgoingRequest, opaque: number, flag: number): RemotingCommand {
  return {
    code: request.code,
    language: LANGUAGE_OTHER,
    version: PROTOCOL_VERSION,
    opaque,
    flag,
    remark: undefined,
    extFields: request.extFields,
    body: request.body,
    // The binary header has 16 bits for the code, with a sign.
    serializeType:
      request.code > MAX_BINARY_CODE
        ? SerializeType.json
        : (request.serializeType ?? SerializeType.json),
  };
}

/** `host:port`, an IPv6 address in brackets. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
