/**
 * What `-p` and `-m` print: one `key=value` line a key, class after class, behind the prefix of
 * Apache's console logger.
 *
 * Source: MixAll.printObjectProperties, logback_namesrv.xml, logback_broker.xml.
 */
import type { LiveConfig } from './live-config.ts';
import { type ConfigTable, keysOf } from './table.ts';

export type PrintSelection = 'all' | 'important';

/** Text of `mqbroker -p` (or `-m`) and `mqnamesrv -p`. */
export function printConfig(
  config: LiveConfig<ConfigTable>,
  selection: PrintSelection,
  now: Date,
): string {
  const prefix = config.table.name === 'namesrv' ? namesrvPrefix(now) : brokerPrefix(now);
  const values = new Map(config.entries());
  let text = '';
  for (const [name, key] of keysOf(config.table)) {
    if (selection === 'important' && !key.isImportant) continue;
    text += `${prefix}${name}=${values.get(name) ?? ''}\n`;
  }
  return text;
}

/** `11:15:08.079 [main] INFO RocketmqNamesrvConsole - `, local time. */
function namesrvPrefix(now: Date): string {
  return `${clockText(now, ':')}.${pad(now.getMilliseconds(), 3)} [main] INFO RocketmqNamesrvConsole - `;
}

/** `2026-11-22 19\:15\:09 INFO main - `: the backslashes are in Apache's text, the time is GMT+8. */
function brokerPrefix(now: Date): string {
  const china = new Date(now.getTime() + 8 * 3_600_000).toISOString();
  return `${china.slice(0, 10)} ${china.slice(11, 19).replaceAll(':', '\\:')} INFO main - `;
}

function clockText(now: Date, separator: string): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()]
    .map((part) => pad(part, 2))
    .join(separator);
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
