/** What a {@link RocketMqError} may carry besides its message. */
export interface RocketMqErrorOptions {
  /** Stable name that callers match, e.g. `REQUEST_TIMEOUT`; the message is for people only. */
  readonly code: string;
  /** Whether the same call may succeed later or elsewhere. */
  readonly isRetryable?: boolean;
  /** Facts for logs: plain values only, no bodies, no secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** A failure of the world: a peer, a disk, a network or an input did something that was foreseen. */
export class RocketMqError extends Error {
  override readonly name: string = 'RocketMqError';
  readonly code: string;
  readonly isRetryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, options: RocketMqErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.isRetryable = options.isRetryable ?? false;
    this.details = options.details ?? {};
  }
}

/** The `code` of a {@link RocketMqError} or of a Node.js system error; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whatever was thrown, as an `Error`. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(textOf(thrown));
}

/** Objects without a prototype, and those whose `toString` fails, have no text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return `a thrown ${typeof thrown} that has no text`;
  }
}
