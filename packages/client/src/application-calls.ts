/** Functions and loggers of the application: they may throw, reject, or give what they must not, and nothing of the client ends by it. */
import { type LogFields, type Logger, toError } from '@orbitmq/kernel';
import { invalidArgument } from './client-error.ts';

/**
 * Where the client's log lines go. pino's loggers fit, and `console`. What a logger throws is ignored: there is
 * nowhere left to say it.
 */
export interface ClientLogger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** Whether debug lines are written; they are made, in any case, when it cannot be asked. */
  isDebug?(): boolean;
  /** As {@link isDebug}, by pino's name. */
  isLevelEnabled?(level: string): boolean;
}

/** Calls something that nobody waits for; what it throws, or rejects with, is logged. */
export function guarded(log: Logger, message: string, call: () => unknown): void {
  const failed = (error: unknown): void => log.error({ err: toError(error) }, message);
  try {
    const result = call();
    if (isThenable(result)) Promise.resolve(result).catch(failed);
  } catch (error) {
    failed(error);
  }
}

/**
 * What a function of the application gave, which has to be there at once.
 *
 * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT for a promise; how that ends is nobody's concern
 */
export function atOnce<T>(name: string, result: T): T {
  if (!isThenable(result)) return result;
  Promise.resolve(result).catch(() => undefined);
  throw invalidArgument(`${name} gave a promise, expected its result at once`);
}

/** The application's logger as ours. */
export function loggerOf(log: ClientLogger, bound: LogFields = {}): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => {
    return (fields: LogFields, message: string): void => {
      harmless(() => log[level]({ ...bound, ...fields }, message));
    };
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => loggerOf(log, { ...bound, ...fields }),
    isDebug: () => harmless(() => log.isDebug?.() ?? log.isLevelEnabled?.('debug')) ?? true,
  };
}

function harmless<T>(call: () => T): T | undefined {
  try {
    const result = call();
    if (isThenable(result)) Promise.resolve(result).catch(() => undefined);
    return result;
  } catch {
    // The log itself fails.
    return undefined;
  }
}

function isThenable(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return 'then' in value && typeof value.then === 'function';
}
