/** Fields that say nothing to a person at a terminal. */
const LEFT_OUT = new Set(['time', 'level', 'msg', 'err']);

/**
 * A JSON log line for people: `2026-11-22 19:15:09 INFO route changed topic=TopicTest`, local time. Where an error came
 * from is shown for those that something fails by; the world's failures that are only warned of are one line.
 */
export function humanLine(json: string): string {
  const fields = Object.entries(parse(json));
  const get = (name: string): unknown => fields.find(([key]) => key === name)?.[1];
  const facts = fields
    .filter(([key, value]) => !LEFT_OUT.has(key) && value !== undefined)
    .map(([key, value]) => ` ${key}=${factText(value)}`);
  const level = String(get('level')).toUpperCase();
  const time = localTime(new Date(String(get('time'))));
  return `${time} ${level} ${String(get('msg'))}${facts.join('')}${errorText(get('err'), level)}\n`;
}

/** What a terminal would take for a command, or a reader for another line. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/u;

/** Names come from peers: one with control characters is shown as JSON has it. */
function factText(value: unknown): string {
  return typeof value === 'string' && !CONTROL.test(value) ? value : escaped(value);
}

function escaped(value: unknown): string {
  return JSON.stringify(value).replace(
    // oxlint-disable-next-line no-control-regex -- JSON leaves these as they are
    /[\u007f-\u009f]/gu,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function parse(json: string): Record<string, unknown> {
  const value: unknown = JSON.parse(json);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function errorText(error: unknown, level: string): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message } = { stack: undefined, message: undefined, ...error };
  if (level !== 'ERROR') return `: ${String(message)}`;
  return `\n  ${String(stack ?? message)}`;
}

function localTime(date: Date): string {
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
