import type { Timers } from '@orbitmq/runtime';

/**
 * What `promise` brings within `limitMs` milliseconds; later than that the error that `onLate` makes. The
 * work behind the promise goes on, and how it ends then is nobody's concern.
 */
export function within<T>(
  timers: Timers,
  limitMs: number,
  promise: Promise<T>,
  onLate: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = timers.after(limitMs, () => reject(onLate()));
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** Resolves when the promise is settled, however, or `limitMs` milliseconds have passed. */
export function settledWithin(
  timers: Timers,
  limitMs: number,
  promise: Promise<unknown>,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = timers.after(Math.max(0, limitMs), resolve);
    const finish = (): void => {
      timer.cancel();
      resolve();
    };
    promise.then(finish, finish);
  });
}
