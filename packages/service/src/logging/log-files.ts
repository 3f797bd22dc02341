/** Bounds of one log file: it is rolled when it has reached the size, and so many rolled ones are kept. */
export interface LogFileBounds {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

const MEBIBYTE = 1_048_576;
const usual: LogFileBounds = { maxBytes: 100 * MEBIBYTE, maxFiles: 10 };

/** Apache's log files, by their names without `.log`. Source: logback_broker.xml, logback_namesrv.xml, logback_tools.xml. */
export const LOG_FILES = {
  broker: { maxBytes: 128 * MEBIBYTE, maxFiles: 20 },
  broker_default: usual,
  store: { maxBytes: 128 * MEBIBYTE, maxFiles: 10 },
  storeerror: usual,
  remoting: usual,
  transaction: usual,
  protection: usual,
  watermark: usual,
  lock: { maxBytes: 100 * MEBIBYTE, maxFiles: 5 },
  filter: usual,
  stats: { maxBytes: 100 * MEBIBYTE, maxFiles: 5 },
  commercial: { maxBytes: 500 * MEBIBYTE, maxFiles: 10 },
  namesrv: usual,
  namesrv_default: usual,
  proxy: usual,
  console: usual,
  tools: usual,
  tools_default: usual,
  rocketmq_client: { maxBytes: 1024 * MEBIBYTE, maxFiles: 10 },
} as const satisfies Record<string, LogFileBounds>;

export type LogFileName = keyof typeof LOG_FILES;
