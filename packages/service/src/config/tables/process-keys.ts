import { choiceKey, intKey, textKey } from '../key.ts';

/** Keys of OrbitMQ's own, of each service. */
export const processKeys = {
  httpPort: intKey(
    0,
    'Port of /healthz, /readyz and /metrics (for Prometheus); 0 opens none. Absent in Apache.',
    { effect: 'start', min: 0, max: 65_535 },
  ),
  httpHost: textKey('127.0.0.1', 'Address that httpPort is opened on. Absent in Apache.', {
    effect: 'start',
  }),
  logLevel: choiceKey(
    ['debug', 'info', 'warn', 'error'],
    'info',
    'Lines below it are not written. Absent in Apache.',
    { effect: 'start' },
  ),
  shutdownTimeoutMillis: intKey(
    10_000,
    'How long a stop may take before the process is ended nevertheless. Absent in Apache.',
    { effect: 'start', unit: 'ms', min: 1 },
  ),
} as const;
