import { type LogFields, type Logger, toError } from '@orbitmq/kernel';

/** What a client logs from information up, one line each on standard error: part of a failure's log. */
export function stderrLog(name: string): Logger {
  const write =
    (level: string) =>
    (fields: LogFields, message: string): void => {
      const text = JSON.stringify(fields, readable);
      process.stderr.write(`${new Date().toISOString()} ${level} ${name} ${message} ${text}\n`);
    };
  return {
    debug: () => {},
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => stderrLog(name),
    isDebug: () => false,
  };
}

function readable(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { message, cause } = value;
  return cause === undefined ? message : `${message} <- ${toError(cause).message}`;
}
