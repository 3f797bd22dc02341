import type { RetentionSettings } from '@orbitmq/store';
import type { Entry } from './history.ts';

/** What speaks for removing files, besides their age. */
export interface Removal {
  /** An operator asked for it. */
  isAsked: boolean;
  /** The disk was getting full at some time. */
  isScarce: boolean;
}

/** Why messages were not to be removed; undefined when they were old enough, or had to make room. */
export function unlawful(
  removed: readonly Entry[],
  { isAsked, isScarce }: Removal,
  { deleteHours, reservedMs, isForcedEnabled }: RetentionSettings,
  nowMs: number,
): string | undefined {
  if (!isAsked && !isScarce && deleteHours.length === 0) return 'nothing asked for it';
  if (isScarce && isForcedEnabled) return undefined;
  const young = removed.find(({ appendedMs }) => appendedMs + reservedMs > nowMs);
  return young && `the message of ${young.appendedMs} is not old at ${nowMs}`;
}
