import { join } from 'node:path';
import type { LogFields, Logger } from '@orbitmq/kernel';
import pino from 'pino';
import type { ConfigEnvironment } from '../config/key.ts';
import { humanLine } from './human-line.ts';
import { LOG_FILES, type LogFileName } from './log-files.ts';
import { RollingFile } from './rolling-file.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where lines go besides the files: nowhere, as JSON (containers), or as text for people. */
export type ConsoleForm = 'none' | 'json' | 'human';

export interface LogsOptions {
  /** Holds the files, see {@link logDirectory}; no files when absent. */
  readonly directory?: string | undefined;
  readonly level?: LogLevel | undefined;
  readonly console?: ConsoleForm | undefined;
  /** Takes what goes to the console; standard error when absent. */
  readonly writeToConsole?: ((text: string) => void) | undefined;
}

/** `<home>/logs/rocketmqlogs`, where `ROCKETMQ_LOG_ROOT` may stand in for the home directory. */
export function logDirectory(environment: ConfigEnvironment, subdirectory = ''): string {
  const root = environment.variables['ROCKETMQ_LOG_ROOT'] ?? environment.homeDirectory;
  return join(root, 'logs', 'rocketmqlogs', subdirectory);
}

/**
 * The log files of one process. A file is opened when its logger is first asked for; JSON lines, see
 * LOG_FILES for names and bounds. Nothing here runs in a thread of its own.
 */
export class Logs {
  readonly #options: LogsOptions;
  readonly #writeToConsole: (text: string) => void;
  readonly #files = new Map<LogFileName, RollingFile>();
  readonly #loggers = new Map<LogFileName, Logger>();

  constructor(options: LogsOptions = {}) {
    this.#options = options;
    this.#writeToConsole = options.writeToConsole ?? ((text) => void process.stderr.write(text));
  }

  /** The logger that writes to `<name>.log`; the same one for the same name. */
  logger(name: LogFileName): Logger {
    const known = this.#loggers.get(name);
    if (known !== undefined) return known;
    const logger = createLogger((line) => this.#write(name, line), this.#options.level);
    this.#loggers.set(name, logger);
    return logger;
  }

  /** Writes what waits. Idempotent; lines after it go to the console only. */
  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }

  /** Writes what waits at once, blocking: for a process that is about to die. */
  flushNow(): void {
    for (const file of this.#files.values()) file.flushNow();
  }

  #write(name: LogFileName, line: string): void {
    this.#file(name)?.write(line);
    const form = this.#options.console ?? 'none';
    if (form !== 'none') this.#writeToConsole(form === 'json' ? line : humanLine(line));
  }

  #file(name: LogFileName): RollingFile | undefined {
    const { directory } = this.#options;
    if (directory === undefined) return undefined;
    const open = this.#files.get(name);
    if (open !== undefined) return open;
    const path = join(directory, `${name}.log`);
    const file = new RollingFile(path, LOG_FILES[name], (error) =>
      this.#writeToConsole(`log file ${path} cannot be written: ${error.message}\n`),
    );
    this.#files.set(name, file);
    return file;
  }
}

/** A logger whose JSON lines, each with its end, go to `write`. */
export function createLogger(write: (line: string) => void, level: LogLevel = 'info'): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  return new PinoLogger(pino(options, { write }));
}

class PinoLogger implements Logger {
  readonly #pino: pino.Logger;

  constructor(inner: pino.Logger) {
    this.#pino = inner;
  }

  debug(fields: LogFields, message: string): void {
    this.#pino.debug(fields, message);
  }
  info(fields: LogFields, message: string): void {
    this.#pino.info(fields, message);
  }
  warn(fields: LogFields, message: string): void {
    this.#pino.warn(fields, message);
  }
  error(fields: LogFields, message: string): void {
    this.#pino.error(fields, message);
  }
  child(fields: LogFields): Logger {
    return new PinoLogger(this.#pino.child(fields));
  }
  isDebug(): boolean {
    return this.#pino.isLevelEnabled('debug');
  }
}
