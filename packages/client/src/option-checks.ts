/** Options are checked where a client is made, and refused with what was expected of them. */
import { invalidArgument } from './client-error.ts';
import type { MessageQueue } from './message.ts';

export const DAY_MS = 86_400_000;
/** Shorter periods would keep name servers and brokers busy with nothing. */
export const MIN_PERIOD_MS = 10;
/** Java's `Integer.MAX_VALUE`. */
export const MAX_INT = 2_147_483_647;

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function inRange(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidArgument(`${name} is ${shown(value)}, expected an integer from ${min} to ${max}`);
}

/** As {@link inRange}, for what may be absent. */
export function absentOrInRange(
  name: string,
  value: number | undefined,
  min: number,
  max: number,
): number | undefined {
  return value === undefined ? undefined : inRange(name, value, min, max);
}

/** How long something may take, up to a day; parts of a millisecond are allowed. @throws as {@link inRange} */
export function duration(name: string, valueMs: number): number {
  if (typeof valueMs === 'number' && valueMs > 0 && valueMs <= DAY_MS) return valueMs;
  throw invalidArgument(
    `${name} is ${shown(valueMs)}, expected milliseconds above 0, at most ${DAY_MS}`,
  );
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function oneOf<Value extends string>(
  name: string,
  value: Value,
  allowed: readonly Value[],
): Value {
  if (allowed.includes(value)) return value;
  throw invalidArgument(`${name} is ${shown(value)}, expected one of ${allowed.join(', ')}`);
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function checkIsFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw invalidArgument(`${name} is ${shown(value)}, expected a function`);
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function checkIsQueue(name: string, value: unknown): void {
  const { topic, brokerName, queueId } = (value ?? {}) as Partial<MessageQueue>;
  const isNamed = typeof topic === 'string' && typeof brokerName === 'string';
  if (isNamed && Number.isInteger(queueId)) return;
  throw invalidArgument(
    `${name} gave ${typeof value}, expected a queue { topic, brokerName, queueId }`,
  );
}

/** Whatever came from code that is not type-checked. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
