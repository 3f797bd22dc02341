const UNITS = ['B', 'KiB', 'MiB', 'GiB'];

/** `625 B`, `1.2 KiB`: as the reference tells sizes. */
export function describeBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${UNITS[unit]}`;
}
