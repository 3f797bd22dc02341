import type { EventEmitter } from 'node:events';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/**
 * One press of Ctrl-C arrives twice below `npm start` and `npx`: the terminal signals all its processes, and npm passes
 * its own signal on. Both come within milliseconds; a person who means it presses again later than this.
 */
const SAME_PRESS_MS = 1_000;

export interface StopListener {
  /** The first signal: stop in order. */
  readonly onStop: (signal: NodeJS.Signals) => void;
  /** A signal that came when the first had been understood: end now. */
  readonly onInsist: () => void;
}

export interface StopSource {
  /** The process. */
  readonly signals: Pick<EventEmitter, 'on' | 'removeAllListeners'>;
  /** Whether any of its standard streams is a terminal. */
  readonly hasTerminal: boolean;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  /** Ends the process at once and without a word. */
  readonly vanish: () => void;
}

/**
 * Tells about signals to stop, in place of whoever listened for them before, until the process ends. A terminal that
 * was closed (SIGHUP) is one, but only to a process that has a terminal: Node.js undoes at its start that nohup
 * had it ignored, and who was started so, or by a supervisor, shall stay. Such a process vanishes at its end: Node.js
 * would crash while it gives back the settings of a terminal that is gone.
 */
export function listenForStop(
  listener: StopListener,
  source: StopSource = processAsSource(),
): void {
  let firstMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const nowMs = source.nowMs();
    if (firstMs === undefined) {
      firstMs = nowMs;
      if (signal === 'SIGHUP') source.signals.on('exit', source.vanish);
      listener.onStop(signal);
    } else if (nowMs - firstMs >= SAME_PRESS_MS) {
      listener.onInsist();
    }
  };
  for (const signal of STOP_SIGNALS) {
    source.signals.removeAllListeners(signal);
    source.signals.on(signal, onSignal);
  }
  source.signals.removeAllListeners('SIGHUP');
  source.signals.on('SIGHUP', source.hasTerminal ? onSignal : () => {});
}

function vanish(): void {
  process.kill(process.pid, 'SIGKILL');
}

function processAsSource(): StopSource {
  const { stdin, stdout, stderr } = process;
  const hasTerminal = stdin.isTTY || stdout.isTTY || stderr.isTTY;
  return { signals: process, hasTerminal, nowMs: () => performance.now(), vanish };
}
