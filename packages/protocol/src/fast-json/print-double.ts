/** From here up, and below the lower bound, Java writes doubles with an exponent. */
const PLAIN_BELOW = 1e7;
const PLAIN_FROM = 1e-3;
const PARTS = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/;

/**
 * Java's text of a double: `0.0`, `1.5`, `1.0E20`, `1.0E-5`; `null` for NaN and infinities, as
 * fastjson writes them.
 *
 * Source: Double.toString.
 */
export function printDouble(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  const magnitude = Math.abs(value);
  if (magnitude === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (magnitude >= PLAIN_FROM && magnitude < PLAIN_BELOW) {
    return Number.isInteger(value) ? `${value}.0` : String(value);
  }
  const [, sign, digit, fraction, exponent] = PARTS.exec(value.toExponential()) ?? [];
  return `${sign}${digit}.${fraction ?? '0'}E${Number(exponent)}`;
}
