/** Columns as Java's printf fills them: a width pads and never cuts. */

/** `%-<width>s` */
export function left(value: string | number, width: number): string {
  return String(value).padEnd(width);
}

/** `%<width>s` */
export function right(value: string | number, width: number): string {
  return String(value).padStart(width);
}

/** The first characters of a text. Source: UtilAll.frontStringAtLeast. */
export function front(text: string, length: number): string {
  return text.slice(0, length);
}

function two(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

/** `yyyy-MM-dd HH:mm:ss`, local time. */
export function timeText(timeMs: number): string {
  const time = new Date(timeMs);
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** `yyyy-MM-dd HH:mm:ss,SSS`, local time. */
export function timeTextWithMs(timeMs: number): string {
  return `${timeText(timeMs)},${two(new Date(timeMs).getMilliseconds(), 3)}`;
}

/** Permissions as three characters: read, write, inherit. */
export function permText(perm: number): string {
  return `${(perm & 4) === 0 ? '-' : 'R'}${(perm & 2) === 0 ? '-' : 'W'}${(perm & 1) === 0 ? '-' : 'X'}`;
}
