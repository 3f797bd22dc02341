/** What is printed: one line a thing, as `name=value` pairs or as a JSON object. */

export type Cell = string | number | boolean | null | Readonly<Record<string, string>>;

/** One record, entry, field or line of a file. Undefined cells are left out. */
export type Row = Readonly<Record<string, Cell | undefined>>;

/** Names that end so hold milliseconds since the epoch, which people read as a date. */
const TIME_SUFFIX = 'Timestamp';
/** A date of which JavaScript knows no text: beyond the year 275 760. */
const MAX_DATE_MS = 8.64e15;

export function jsonLine(row: Row): string {
  return `${JSON.stringify(row)}\n`;
}

export function textLine(row: Row): string {
  const pairs = Object.entries(row).flatMap(([name, cell]) =>
    cell === undefined ? [] : [`${name}=${cellText(name, cell)}`],
  );
  return `${pairs.join(' ')}\n`;
}

function cellText(name: string, cell: Cell): string {
  if (typeof cell === 'number') return name.endsWith(TIME_SUFFIX) ? timeText(cell) : String(cell);
  if (typeof cell === 'string') return /^[!-~]+$/.test(cell) ? cell : JSON.stringify(cell);
  return JSON.stringify(cell);
}

function timeText(timeMs: number): string {
  const isDate = timeMs > 0 && timeMs <= MAX_DATE_MS;
  return isDate ? new Date(timeMs).toISOString() : String(timeMs);
}
