const DIGITS = 20;

/** Files of the log and of queues are named after the offset of their first byte. */
export function fileName(offset: number): string {
  return String(offset).padStart(DIGITS, '0');
}

/** @returns undefined for names that are none of ours */
export function parseFileName(name: string): number | undefined {
  return name.length === DIGITS && /^\d+$/.test(name) ? Number(name) : undefined;
}
