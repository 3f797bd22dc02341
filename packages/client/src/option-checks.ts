/** What applications give is checked where they give it, and refused with what was expected. Not all of them are type-checked. */
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

/** As {@link duration}, and 0 is allowed. @throws as {@link inRange} */
export function waitingTime(name: string, valueMs: number): number {
  return valueMs === 0 ? valueMs : duration(name, valueMs);
}

/** A time, in milliseconds since the epoch. @throws as {@link inRange} */
export function timestamp(name: string, valueMs: number): number {
  return inRange(name, valueMs, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

/** Text would count as true, whatever it says. @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function flag(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidArgument(`${name} is ${shown(value)}, expected true or false`);
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
export function checkIsText(name: string, value: unknown): void {
  if (typeof value === 'string') return;
  throw invalidArgument(`${name} is ${shown(value)}, expected text`);
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT for lists and maps too */
export function checkIsObject(name: string, value: unknown): void {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isObject && !(value instanceof Map)) return;
  throw invalidArgument(`${name} is ${shown(value)}, expected an object`);
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when it is no list, or `check` throws for something in it */
export function checkIsList<Item>(
  name: string,
  value: readonly Item[],
  check: (name: string, item: Item) => unknown,
): void {
  if (!Array.isArray(value)) {
    throw invalidArgument(`${name} is ${shown(value)}, expected a list`);
  }
  for (const [index, item] of value.entries()) check(`${name}[${index}]`, item as Item);
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when one of these methods is missing */
export function checkHasMethods(name: string, value: unknown, methods: readonly string[]): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw invalidArgument(`${name} is ${shown(value)}, expected an object`);
  }
  for (const method of methods) {
    checkIsFunction(`${name}.${method}`, (value as Record<string, unknown>)[method]);
  }
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function checkIsQueue(name: string, value: unknown): void {
  const { topic, brokerName, queueId } = (value ?? {}) as Partial<MessageQueue>;
  const isNamed = typeof topic === 'string' && typeof brokerName === 'string';
  if (isNamed && Number.isInteger(queueId)) return;
  throw invalidArgument(
    `${name} is ${shown(value)}, expected a queue { topic, brokerName, queueId }`,
  );
}

/** What an error says of a value, which may be anything. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Map) return 'a Map';
  return Array.isArray(value) ? 'a list' : 'an object';
}
