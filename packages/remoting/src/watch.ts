import { RocketMqError } from '@orbitmq/kernel';
import type { Timers } from '@orbitmq/runtime';
import type { Connection } from './connection.ts';

/** Closes connections on which nothing was read, and nothing taken by the peer, for `idleMs`. */
export function closeIdleConnections(
  connections: Iterable<Connection>,
  now: number,
  idleMs: number,
): void {
  for (const connection of connections) {
    if (connection.isActive) {
      connection.isActive = false;
      connection.lastActiveMs = now;
    } else if (now - connection.lastActiveMs >= idleMs) {
      connection.close({ reason: 'idle', isPeersFault: false });
    }
  }
}

/** Closes those connections whose peers take the least, until what is unsent is within its bound. */
export function closeSlowestReaders(connections: Iterable<Connection>, limitBytes: number): void {
  const slow: { readonly connection: Connection; readonly unsentBytes: number }[] = [];
  let total = 0;
  for (const connection of connections) {
    const { unsentBytes } = connection;
    if (unsentBytes === 0) continue;
    total += unsentBytes;
    slow.push({ connection, unsentBytes });
  }
  if (total <= limitBytes) return;
  slow.sort((one, other) => other.unsentBytes - one.unsentBytes);
  for (const { connection, unsentBytes } of slow) {
    if (total <= limitBytes) return;
    total -= unsentBytes;
    connection.close({ reason: 'peers do not read, this one least', isPeersFault: true });
  }
}

/** Waits for work, at most `limitMs`. @returns whether it was done in time */
export function doneWithin(
  timers: Timers,
  work: Promise<unknown>,
  limitMs: number,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = timers.after(limitMs, () => resolve(false));
    work.then(
      () => {
        timer.cancel();
        resolve(true);
      },
      (thrown: unknown) => {
        timer.cancel();
        reject(thrown);
      },
    );
  });
}

export function handshakeTimeout(limitMs: number): RocketMqError {
  return new RocketMqError(`no first frame within ${limitMs} ms`, { code: 'HANDSHAKE_TIMEOUT' });
}
