const DIGITS = 20;

/** Files of the log and of queues are named after the offset of their first byte. */
export function fileName(offset: number): string {
  return String(offset).padStart(DIGITS, '0');
}

/** @returns undefined for names that are none of ours */
export function parseFileName(name: string): number | undefined {
  return name.length === DIGITS && /^\d+$/.test(name) ? Number(name) : undefined;
}

/**
 * Size of the files of one row, of which a crash may have left some too short and some out.
 *
 * @param bases where they begin, ascending, not empty
 * @param largestBytes length of the longest
 * @returns undefined when no size explains them: some are not of this row
 */
export function rowFileBytes(
  bases: readonly number[],
  largestBytes: number,
  configuredBytes: number,
): number | undefined {
  const isSize = (bytes: number): boolean =>
    bytes > 0 && bytes >= largestBytes && bases.every((base) => base % bytes === 0);
  return [configuredBytes, largestBytes].find(isSize);
}
