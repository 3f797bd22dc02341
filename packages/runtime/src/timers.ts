/** A timer that was started. */
export interface Timer {
  /** Idempotent; after it returns the callback does not run any more. */
  cancel(): void;
}

/** Where waiting comes from; tests put a virtual one in its place. */
export interface Timers {
  /** Runs `callback` once, not before `delayMs` milliseconds from now. */
  after(delayMs: number, callback: () => void): Timer;
  /** Runs `callback` every `periodMs` milliseconds, first after `firstMs` (default: one period). */
  every(periodMs: number, callback: () => void, firstMs?: number): Timer;
  /**
   * Runs `callback` once after the events that are ready now (socket reads, finished disk work)
   * were delivered: the point where what arrived together is handled as one batch.
   */
  afterPoll(callback: () => void): void;
}

/** Node's timers. They do not keep the process alive by themselves. */
export const systemTimers: Timers = {
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs).unref();
    return { cancel: () => clearTimeout(handle) };
  },

  every(periodMs, callback, firstMs = periodMs) {
    let interval: NodeJS.Timeout | undefined;
    const first = setTimeout(() => {
      interval = setInterval(callback, periodMs).unref();
      callback();
    }, firstMs).unref();
    return {
      cancel() {
        clearTimeout(first);
        clearInterval(interval);
      },
    };
  },

  afterPoll(callback) {
    setImmediate(callback);
  },
};

/** Resolves after `delayMs` milliseconds, or at once when `signal` is or becomes aborted. */
export function delay(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = timers.after(delayMs, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
