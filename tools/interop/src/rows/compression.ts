import { ALL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

export const compressionRow: ScenarioRow = {
  kind: 'scenario',
  name: 'compression',
  promise: 'bodies compressed by ZLIB, LZ4 and ZSTD come back as they were',
  judges: ALL_JUDGES,
  full: {},
  timeoutMs: 60_000,
  isWaiting: true,
};
