/**
 * What happens when nobody reads any more what a process prints: the pipe was closed (`| head`), the terminal is gone.
 * Node tells so by an error event that ends the process as a bug would when nobody listens.
 */
import type { EventEmitter } from 'node:events';

/** For services: what they print is lost, and they go on; their log files have it all. */
export function outliveReaders(
  streams: readonly EventEmitter[] = [process.stdout, process.stderr],
): void {
  for (const stream of streams) stream.on('error', () => undefined);
}

/** For commands: a reader that has seen enough ends them, as it ends any other command of a pipe. */
export function endWithReader(
  stream: EventEmitter = process.stdout,
  end: (exitCode: number) => void = (exitCode) => process.exit(exitCode),
): void {
  stream.on('error', () => end(0));
}
