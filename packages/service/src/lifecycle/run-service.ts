import { errorCode, type Logger, outliveReaders, RocketMqError, toError } from '@orbitmq/kernel';
import type { Registry } from 'prom-client';
import { processEnvironment } from '../config/environment.ts';
import type { ConfigEnvironment } from '../config/key.ts';
import {
  type LiveConfig,
  loadConfig,
  unknownKeysText,
  warnOfUnknownKeys,
} from '../config/live-config.ts';
import { printConfig } from '../config/print.ts';
import type { ConfigTable } from '../config/table.ts';
import type { LogFileName } from '../logging/log-files.ts';
import { type ConsoleForm, type LogLevel, Logs, logDirectory } from '../logging/logs.ts';
import { parseFlags, type ServiceFlags, usageText } from './flags.ts';
import { type HttpEndpoint, openHttpEndpoint } from './http-endpoint.ts';
import { noteProcess } from './process-file.ts';
import { listenForStop } from './stop-signals.ts';

/** What a started service gives back. */
export interface RunningService {
  /** Printed when it serves: `The Name Server boot success. serializeType=JSON`. */
  readonly bootLine: string;
  /** Stops taking requests, finishes those in flight, keeps what has to be kept. */
  close(): Promise<void>;
  /** For `/readyz`; true when absent. */
  isReady?(): boolean;
  /** For `/metrics`. */
  registerMetrics?(registry: Registry): void;
}

export interface ServiceContext<T extends ConfigTable> {
  readonly config: LiveConfig<T>;
  readonly environment: ConfigEnvironment;
  readonly logs: Logs;
  /** The service's own log file. */
  readonly log: Logger;
  /** Ends the process in order, with exit code 1, when the service cannot go on. */
  fail(reason: string, error: unknown): void;
}

export interface ServiceDefinition<T extends ConfigTable> {
  /** The command: `mqbroker`. */
  readonly command: string;
  /** What mqshutdown calls it: `broker`. */
  readonly service: 'broker' | 'namesrv' | 'console' | 'proxy';
  /** Its name in the usage text: `Broker`. */
  readonly component: string;
  readonly table: T;
  /** Also the log file. */
  readonly logFile: LogFileName;
  /** Where updates are kept without `-c`. */
  keptIn(environment: ConfigEnvironment): string;
  /** Objections to a configuration, before anything starts. @throws {StartError} */
  check?(config: LiveConfig<T>): void;
  /** Below the log directory, e.g. `broker-a_0` with isolateLogEnable. */
  logSubdirectory?(config: LiveConfig<T>): string;
  start(context: ServiceContext<T>): Promise<RunningService>;
}

/** What a service runs in; the process itself unless a test says otherwise. */
export interface ServiceHost {
  readonly args?: readonly string[];
  readonly environment?: ConfigEnvironment;
  readonly writeOut?: (text: string) => void;
  readonly writeError?: (text: string) => void;
  readonly isTerminal?: boolean;
}

/** A reason not to start, with the exit code Apache's process has for it. */
export class StartError extends RocketMqError {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message, { code: 'START_REFUSED' });
    this.exitCode = exitCode;
  }
}

/** Exit codes of Apache's processes. */
const EXIT = { options: 1, failure: 255, namesrvAddr: 253 } as const;
/** As a shell reports a program that Ctrl-C ended. */
const INTERRUPTED = 130;
const ADDRESS_LIST = /^\s*[^\s:;]+:\d{1,5}\s*(;\s*([^\s:;]+:\d{1,5})?\s*)*$/;

/**
 * The main function of a service's process: reads flags and configuration, starts it, prints the boot
 * line, and stops it in order on SIGTERM, SIGINT or SIGHUP, bounded by `shutdownTimeoutMillis`; one that still starts
 * is stopped when it has started. A second signal, a second or more later, ends the process at once.
 *
 * @returns the exit code, or undefined while the service runs
 */
export async function runService<T extends ConfigTable>(
  definition: ServiceDefinition<T>,
  host: ServiceHost = {},
): Promise<number | undefined> {
  const writeOut = host.writeOut ?? ((text: string) => void process.stdout.write(text));
  const writeError = host.writeError ?? ((text: string) => void process.stderr.write(text));
  try {
    const flags = parseFlags(host.args ?? process.argv.slice(2));
    if (flags.help) {
      writeOut(usageText(definition.command, definition.component));
      return 0;
    }
    const environment = host.environment ?? processEnvironment();
    const config = await readConfig(definition, flags, environment);
    if (flags.printConfigItem || flags.printImportantConfig) {
      writeOut(printConfig(config, flags.printConfigItem ? 'all' : 'important', new Date()));
      return 0;
    }
    writeError(unknownKeysText(config.unknownKeys));
    if (flags.configFile !== undefined && definition.service === 'namesrv') {
      writeOut(`load config properties file OK, ${flags.configFile}\n`);
    }
    await serve(definition, { config, environment, writeOut, isTerminal: host.isTerminal });
    return undefined;
  } catch (error) {
    return reportFailure(definition, error, { writeOut, writeError });
  }
}

/** {@link runService} as a whole process: sets its exit code. */
export async function runServiceProcess<T extends ConfigTable>(
  definition: ServiceDefinition<T>,
): Promise<void> {
  outliveReaders();
  const exitCode = await runService(definition);
  // Something half started may keep the loop alive: a service that did not start ends now.
  if (exitCode !== undefined) process.exit(exitCode);
}

async function readConfig<T extends ConfigTable>(
  definition: ServiceDefinition<T>,
  flags: ServiceFlags,
  environment: ConfigEnvironment,
): Promise<LiveConfig<T>> {
  const { namesrvAddr } = flags;
  const usesNameServers = definition.service !== 'namesrv' && namesrvAddr !== undefined;
  const config = await loadConfig(definition.table, {
    file: flags.configFile,
    overrides: usesNameServers ? { namesrvAddr } : {},
    keptIn: definition.keptIn(environment),
    environment,
  });
  const addresses = textOf(config, 'namesrvAddr');
  if (addresses !== '' && !ADDRESS_LIST.test(addresses)) {
    throw new StartError(
      `The Name Server Address[${addresses}] illegal, please set it as follows, "127.0.0.1:9876;192.168.0.1:9876"`,
      EXIT.namesrvAddr,
    );
  }
  definition.check?.(config);
  return config;
}

interface Serving<T extends ConfigTable> {
  readonly config: LiveConfig<T>;
  readonly environment: ConfigEnvironment;
  readonly writeOut: (text: string) => void;
  readonly isTerminal: boolean | undefined;
}

async function serve<T extends ConfigTable>(
  definition: ServiceDefinition<T>,
  serving: Serving<T>,
): Promise<void> {
  const { config, environment } = serving;
  const logs = openLogs(definition, serving);
  const log = logs.logger(definition.logFile);
  warnOfUnknownKeys(config, log);
  const stop = new ServiceStop(log, logs, numberOf(config, 'shutdownTimeoutMillis', 10_000));
  try {
    const fail = (reason: string, error: unknown): void => stop.fail(reason, error);
    stop.listen();
    const running = await definition.start({ config, environment, logs, log, fail });
    stop.closes(() => running.close());
    const http = await openHttp(config, running, stop);
    if (http !== undefined) {
      stop.closes(() => http.close());
      log.info({ port: http.port }, 'health and metrics endpoint open');
    }
    stop.closes(await noteProcess(environment.homeDirectory, definition.service));
    serving.writeOut(`${running.bootLine}\n`);
    log.info({}, running.bootLine);
    stop.started();
  } catch (error) {
    log.error({ err: toError(error) }, 'start failed');
    await stop.closeAll();
    throw error;
  }
}

function openLogs<T extends ConfigTable>(
  definition: ServiceDefinition<T>,
  { config, environment, isTerminal }: Serving<T>,
): Logs {
  return new Logs({
    directory: logDirectory(environment, definition.logSubdirectory?.(config) ?? ''),
    level: levelOf(textOf(config, 'logLevel')),
    console: consoleForm(environment, isTerminal ?? process.stderr.isTTY),
  });
}

/** `ROCKETMQ_LOG_CONSOLE` decides; otherwise people at a terminal get text, and nobody else anything. */
function consoleForm(environment: ConfigEnvironment, isTerminal: boolean): ConsoleForm {
  const wanted = environment.variables['ROCKETMQ_LOG_CONSOLE'];
  if (wanted === 'json' || wanted === 'human' || wanted === 'none') return wanted;
  return isTerminal ? 'human' : 'none';
}

function levelOf(text: string): LogLevel {
  return text === 'debug' || text === 'warn' || text === 'error' ? text : 'info';
}

async function openHttp(
  config: LiveConfig<ConfigTable>,
  running: RunningService,
  stop: ServiceStop,
): Promise<HttpEndpoint | undefined> {
  const port = numberOf(config, 'httpPort', 0);
  if (port === 0) return undefined;
  return openHttpEndpoint(
    { host: textOf(config, 'httpHost'), port },
    {
      isReady: () => !stop.isStopping && (running.isReady?.() ?? true),
      registerMetrics: (registry) => running.registerMetrics?.(registry),
    },
  );
}

/** Stops what was started, last first, once, within a bound. */
class ServiceStop {
  readonly #log: Logger;
  readonly #logs: Logs;
  readonly #timeoutMs: number;
  readonly #closers: (() => Promise<void>)[] = [];
  #isStarted = false;
  #exitCode = 0;
  isStopping = false;

  constructor(log: Logger, logs: Logs, timeoutMs: number) {
    this.#log = log;
    this.#logs = logs;
    this.#timeoutMs = timeoutMs;
  }

  closes(closer: () => Promise<void>): void {
    this.#closers.push(closer);
  }

  listen(): void {
    listenForStop({
      onStop: (signal) => this.#end(signal, 0),
      onInsist: () => process.exit(INTERRUPTED),
    });
    process.on('uncaughtException', (error) => this.#die(error));
  }

  /** Everything that {@link closes} will be told about is there: from now on it can be stopped. */
  started(): void {
    this.#isStarted = true;
    if (this.isStopping) this.#closeAndExit();
  }

  fail(reason: string, error: unknown): void {
    this.#log.error({ err: toError(error) }, reason);
    if (this.isStopping) process.exit(1);
    this.#end(reason, 1);
  }

  async closeAll(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        this.#log.error({ err: toError(error) }, 'a part did not stop in order');
      }
    }
    if (this.isStopping) this.#log.info({}, 'stopped');
    await this.#logs.close();
  }

  #end(reason: string, exitCode: number): void {
    this.isStopping = true;
    this.#exitCode = exitCode;
    this.#log.info({ reason }, 'stopping');
    if (this.#isStarted) this.#closeAndExit();
  }

  #closeAndExit(): void {
    const bound = setTimeout(() => {
      this.#log.error({ timeoutMs: this.#timeoutMs }, 'not stopped in time, ended nevertheless');
      this.#logs.flushNow();
      process.exit(1);
    }, this.#timeoutMs);
    void this.closeAll().then(() => {
      clearTimeout(bound);
      process.exit(this.#exitCode);
    });
  }

  /** A bug: nothing in memory can be trusted, so nothing is drained. */
  #die(error: Error): void {
    this.#log.error({ err: error }, 'uncaught error, the process ends');
    this.#logs.flushNow();
    process.stderr.write(`uncaught error, the process ends: ${error.stack ?? error.message}\n`);
    process.exit(EXIT.failure);
  }
}

interface Writers {
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
}

function reportFailure(
  { command, component }: { readonly command: string; readonly component: string },
  error: unknown,
  { writeOut, writeError }: Writers,
): number {
  if (errorCode(error) === 'FLAGS_INVALID') {
    writeError(`${command}: ${toError(error).message}\n`);
    writeOut(usageText(command, component));
    return EXIT.options;
  }
  if (error instanceof StartError) {
    writeError(`${error.message}\n`);
    return error.exitCode;
  }
  writeError(`${command}: ${reasonOf(error)}\n`);
  return EXIT.failure;
}

/** One line; the stack is in the log. */
function reasonOf(error: unknown): string {
  const { message } = toError(error);
  const port = portOf(error);
  if (errorCode(error) === 'EADDRINUSE' && port !== undefined) {
    return `port ${port} is taken; stop what uses it or set another (listenPort in the -c file)`;
  }
  return message.split('\n')[0] ?? message;
}

function portOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('port' in error)) return undefined;
  return typeof error.port === 'number' ? error.port : undefined;
}

function textOf(config: LiveConfig<ConfigTable>, key: string): string {
  const value = valueOf(config, key);
  return typeof value === 'string' ? value : '';
}

function numberOf(config: LiveConfig<ConfigTable>, key: string, absent: number): number {
  const value = valueOf(config, key);
  return typeof value === 'number' ? value : absent;
}

function valueOf(config: LiveConfig<ConfigTable>, key: string): unknown {
  const settings: Readonly<Record<string, unknown>> = config.settings;
  return settings[key];
}
