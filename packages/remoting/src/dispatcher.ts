/**
 * From a request's code to its handler, and from what the handler returns or throws to an answer.
 *
 * Source: NettyRemotingAbstract.processRequestCommand.
 */
import { InvariantError, type Logger, RocketMqError, toError } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  answerTo,
  CommandFlag,
  decodeFields,
  encodeFields,
  FrameError,
  type FrameView,
  type RemotingCommand,
  type RequestOf,
  ResponseCode,
  type ResponseOf,
  requestName,
  toCommand,
} from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import type { BoundedLog } from './bounded-log.ts';
import type { Connection } from './connection.ts';
import { ResponseError } from './errors.ts';

export interface RequestContext {
  readonly connection: Connection;
  /** The request as it came, with its body, language and version. */
  readonly command: RemotingCommand;
}

/**
 * What a handler answers: the response's field values, {@link reply} for anything else. An answer
 * without fields may be left out.
 */
// oxlint-disable-next-line typescript/no-invalid-void-type -- handlers of requests with an empty answer return nothing
export type Answer<D> = ResponseOf<D> | CustomAnswer<D> | void;
export type Handler<D> = (
  request: RequestOf<D>,
  context: RequestContext,
) => Answer<D> | Promise<Answer<D>>;

/**
 * Handles a request whose header it reads itself, out of bytes that are valid until it returns or waits for
 * the first time. Limits, errors and answers are as for a {@link Handler}.
 *
 * @param decode reads the whole header as for a {@link Handler}, and says what is wrong with it
 */
export type FrameHandler<D> = (
  frame: FrameView,
  decode: (frame: FrameView) => RequestOf<D>,
) => Answer<D> | Promise<Answer<D>>;

/**
 * Handles a request on the hot path. The frame and its bytes are valid during the call only: the next
 * read goes into the same buffer. The handler sees to the answer itself, now or later, by the request's
 * `opaque`, and to its own bounds; what it throws is answered as a handler's error.
 */
export type RawHandler = (connection: Connection, frame: FrameView) => void;

export interface AnswerParts<D> {
  /** SUCCESS when absent. */
  readonly code?: number | undefined;
  readonly remark?: string | undefined;
  /** No custom header when absent. */
  readonly fields?: ResponseOf<D> | undefined;
  readonly body?: Buffer | undefined;
}

/** Made by {@link reply}. */
export class CustomAnswer<D> {
  readonly parts: AnswerParts<D>;

  constructor(parts: AnswerParts<D>) {
    this.parts = parts;
  }
}

/** An answer with a code, remark or body of its own. */
export function reply<D = AnyCommandDefinition>(parts: AnswerParts<D>): CustomAnswer<D> {
  return new CustomAnswer(parts);
}

export interface DispatcherLimits {
  /** Requests that handlers work on at the same time; more are answered SYSTEM_BUSY. */
  readonly maxInFlight: number;
  readonly maxInFlightPerConnection: number;
  /** Bodies of those requests together. */
  readonly maxInFlightBytes: number;
}

export interface DispatcherOptions {
  readonly limits: DispatcherLimits;
  readonly log: Logger;
  readonly peerLog: BoundedLog;
  readonly clock: Clock;
  /** Response codes for the codes of errors that handlers throw; their messages become remarks. */
  readonly errorCodes?: Readonly<Record<string, number>> | undefined;
  /** Looks at every request first; throws a {@link ResponseError} to refuse it. */
  readonly requestCheck?: RawHandler | undefined;
  /** Told about every answer to a registered (not raw) request. */
  readonly observer?: RequestObserver | undefined;
}

export type RequestObserver = (
  requestCode: number,
  responseCode: number,
  elapsedMs: number,
) => void;

interface Registration {
  readonly definition: AnyCommandDefinition;
  readonly handle: (
    frame: FrameView,
    connection: Connection,
  ) => Answer<AnyCommandDefinition> | Promise<Answer<AnyCommandDefinition>>;
}

/** What an answer needs to know of its request. */
type Asked = Pick<RemotingCommand, 'code' | 'opaque' | 'flag' | 'serializeType'>;
type AnswerContent = Pick<RemotingCommand, 'code' | 'remark' | 'extFields' | 'body'>;

const BUSY_REMARK = '[OVERLOAD]system busy, start flow control for a while';
const INTERNAL_REMARK = 'system error, the log of the server says more';
/** Remarks repeat what peers sent: all of it might not fit into a frame, and whoever reads them needs the beginning. */
const MAX_REMARK_LENGTH = 4_096;

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #raw = new Map<number, RawHandler>();
  readonly #registered = new Map<number, Registration>();
  #inFlight = 0;
  #inFlightBytes = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Requests that handlers are working on. */
  get inFlight(): number {
    return this.#inFlight;
  }

  register<D extends AnyCommandDefinition>(definition: D, handler: Handler<D>): void {
    const decoding: Handler<AnyCommandDefinition> = handler;
    this.#registered.set(definition.code, {
      definition,
      handle: (frame, connection) => {
        const command = toCommand(frame);
        return decoding(decodeRequest(definition, command), { connection, command });
      },
    });
  }

  registerFrame<D extends AnyCommandDefinition>(definition: D, handler: FrameHandler<D>): void {
    const decode = (frame: FrameView): RequestOf<D> => decodeRequest(definition, toCommand(frame));
    this.#registered.set(definition.code, {
      definition,
      handle: (frame) => handler(frame, decode),
    });
  }

  /** Goes before a registered handler of the same code. */
  registerRaw(code: number, handler: RawHandler): void {
    this.#raw.set(code, handler);
  }

  /** Resolves when no handler works any more. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** @throws {FrameError} when the frame turns out to be malformed */
  dispatch(connection: Connection, frame: FrameView): void {
    try {
      this.#options.requestCheck?.(connection, frame);
      const raw = this.#raw.get(frame.code);
      if (raw !== undefined) raw(connection, frame);
      else this.#handle(connection, frame);
    } catch (thrown) {
      if (thrown instanceof FrameError || thrown instanceof InvariantError) throw thrown;
      this.#refuse(connection, frame, this.#judge(connection, frame, thrown));
    }
  }

  #handle(connection: Connection, frame: FrameView): void {
    const registration = this.#registered.get(frame.code);
    if (registration === undefined) {
      this.#options.peerLog.warn(
        { requestCode: frame.code, remoteAddress: connection.remoteAddress },
        'request code is not supported',
      );
      throw new ResponseError(
        ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
        ` request type ${frame.code} not supported`,
      );
    }
    this.#checkLoad(connection, frame);
    const { code, opaque, flag, serializeType } = frame;
    const asked = { code, opaque, flag, serializeType };
    const startMs = this.#options.clock.monotonicMs();
    const work = { connection, asked, bodyBytes: frame.bodyBytes, registration, startMs };
    const answer = registration.handle(frame, connection);
    if (answer instanceof Promise) void this.#await(work, answer);
    else this.#answer(work, answer);
  }

  #checkLoad(connection: Connection, frame: FrameView): void {
    const { limits } = this.#options;
    if (
      this.#inFlight >= limits.maxInFlight ||
      connection.inFlight >= limits.maxInFlightPerConnection ||
      (this.#inFlight > 0 && this.#inFlightBytes + frame.bodyBytes > limits.maxInFlightBytes)
    ) {
      throw new ResponseError(ResponseCode.SYSTEM_BUSY, BUSY_REMARK);
    }
  }

  async #await(work: Work, promise: Promise<Answer<AnyCommandDefinition>>): Promise<void> {
    const { connection, asked, bodyBytes } = work;
    this.#inFlight++;
    this.#inFlightBytes += bodyBytes;
    connection.inFlight++;
    try {
      this.#answer(work, await promise);
    } catch (thrown) {
      if (thrown instanceof InvariantError) throw thrown;
      this.#refuse(connection, asked, this.#judge(connection, asked, thrown));
    } finally {
      connection.inFlight--;
      this.#inFlightBytes -= bodyBytes;
      this.#inFlight--;
      if (this.#inFlight === 0) this.#onIdle?.();
    }
  }

  #answer(work: Work, answer: Answer<AnyCommandDefinition>): void {
    const { connection, asked, registration, startMs } = work;
    const parts: AnswerParts<AnyCommandDefinition> =
      answer instanceof CustomAnswer ? answer.parts : { fields: answer ?? {} };
    const { definition } = registration;
    const content: AnswerContent = {
      code: parts.code ?? ResponseCode.SUCCESS,
      remark: parts.remark,
      extFields: parts.fields && headerOf(definition, parts.fields),
      body: parts.body,
    };
    this.#send(connection, asked, content);
    const { observer, clock, log } = this.#options;
    if (observer === undefined && !log.isDebug()) return;
    const elapsedMs = clock.monotonicMs() - startMs;
    observer?.(asked.code, content.code, elapsedMs);
    if (log.isDebug()) {
      const { remoteAddress } = connection;
      const request = definition.name;
      log.debug({ request, responseCode: content.code, elapsedMs, remoteAddress }, 'answered');
    }
  }

  #refuse(connection: Connection, asked: Asked, content: AnswerContent): void {
    this.#send(connection, asked, content);
    this.#options.observer?.(asked.code, content.code, 0);
  }

  #send(connection: Connection, asked: Asked, content: AnswerContent): void {
    if ((asked.flag & CommandFlag.oneway) !== 0) return;
    connection.send(answerTo(asked, content));
  }

  /** The one place where errors become response codes. */
  #judge(connection: Connection, asked: Asked, thrown: unknown): AnswerContent {
    if (thrown instanceof ResponseError) {
      return { code: thrown.responseCode, remark: remarkOf(thrown) };
    }
    const { errorCodes, log } = this.#options;
    const { remoteAddress } = connection;
    const request = requestName(asked.code);
    if (thrown instanceof RocketMqError) {
      const code = errorCodes?.[thrown.code];
      if (code !== undefined) return { code, remark: remarkOf(thrown) };
    }
    log.error({ request, remoteAddress, err: toError(thrown) }, 'request failed');
    return { code: ResponseCode.SYSTEM_ERROR, remark: INTERNAL_REMARK };
  }
}

function remarkOf({ message }: Error): string {
  return message.slice(0, MAX_REMARK_LENGTH);
}

/** A request on its way to its answer. */
interface Work {
  readonly connection: Connection;
  readonly asked: Asked;
  readonly bodyBytes: number;
  readonly registration: Registration;
  readonly startMs: number;
}

/** @throws {ResponseError} SYSTEM_ERROR that tells which field is wrong */
function decodeRequest<D extends AnyCommandDefinition>(
  definition: D,
  command: RemotingCommand,
): RequestOf<D> {
  try {
    return decodeFields(definition.request, command.extFields) as RequestOf<D>;
  } catch (thrown) {
    throw new ResponseError(ResponseCode.SYSTEM_ERROR, toError(thrown).message, thrown);
  }
}

/** Header of an answer; none for a definition whose answers have none. */
function headerOf(
  definition: AnyCommandDefinition,
  fields: ResponseOf<AnyCommandDefinition>,
): Record<string, string> | undefined {
  for (const name in definition.response) {
    if (Object.hasOwn(definition.response, name)) return encodeFields(definition.response, fields);
  }
  return undefined;
}
