/** Facts of one log line; keys come from the glossary, no bodies, no secrets. An error goes under `err`. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where log lines go. The message is constant, what varies are the fields. pino's loggers fit;
 * tests pass {@link silentLogger} or one of their own.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
  /** Whether debug lines are written; ask before building one on a hot path. */
  isDebug(): boolean;
}

/** Writes nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
  isDebug: () => false,
};
