/**
 * When a message wants to be delivered, from its properties; the first that is there counts.
 *
 *   TIMER_DELAY_SEC    seconds from now
 *   TIMER_DELAY_MS     milliseconds from now
 *   TIMER_DELIVER_MS   milliseconds since the epoch
 *
 * Source: HookUtils.java (transformTimerMessage).
 */
import { PropertyName } from '@orbitmq/protocol';

type Properties = Readonly<Record<string, string>>;

/** @returns milliseconds since the epoch; NaN when the property is no number; undefined without any */
export function deliveryTimeOf(properties: Properties, nowMs: number): number | undefined {
  const seconds = properties[PropertyName.timerDelaySec];
  if (seconds !== undefined) return nowMs + integer(seconds) * 1000;
  const delayMs = properties[PropertyName.timerDelayMs];
  if (delayMs !== undefined) return nowMs + integer(delayMs);
  const deliverMs = properties[PropertyName.timerDeliverMs];
  return deliverMs === undefined ? undefined : integer(deliverMs);
}

/** The slot that holds a time, in units of the precision since the epoch: times in (slot, slot + 1]. */
export function slotOf(timeMs: number, precisionMs: number): number {
  return Math.floor((timeMs - 1) / precisionMs);
}

/**
 * When a message of the timer topic is due. TIMER_OUT_MS says in which slot; the exact time within it
 * comes from what the sender set, counted from when the record was stored.
 *
 * @returns undefined when the record is no timer message
 */
export function dueTimeOf(
  properties: Properties,
  storeTimestampMs: number,
  precisionMs: number,
): number | undefined {
  const outMs = integer(properties[PropertyName.timerOutMs] ?? '');
  if (Number.isNaN(outMs)) return undefined;
  const wantedMs = deliveryTimeOf(properties, storeTimestampMs);
  const endMs = outMs + precisionMs;
  // Stored again to go round once more, a relative delay counts from the wrong time.
  const isRelative = properties[PropertyName.timerDeliverMs] === undefined;
  const isRolled = properties[PropertyName.timerRollTimes] !== undefined;
  if (wantedMs === undefined || Number.isNaN(wantedMs) || (isRelative && isRolled)) return endMs;
  return Math.min(Math.max(wantedMs, outMs + 1), endMs);
}

function integer(text: string): number {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
