import type { DataVersion } from '@orbitmq/protocol';

/** A table that nobody changed yet. */
export const INITIAL_VERSION: DataVersion = { counter: 0, stateVersion: 0, timestamp: 0 };

/** The version after a change at `now`. */
export function nextVersion(version: DataVersion, now: number): DataVersion {
  return { ...version, counter: version.counter + 1, timestamp: now };
}
