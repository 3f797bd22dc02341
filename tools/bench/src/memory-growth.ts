/**
 * By how much the mean of the last quarter of samples exceeds that of the second, in percent; 0 for fewer
 * than eight. The first quarter is left out: caches and compiled code come then.
 */
export function growthPercent(samples: readonly number[]): number {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 2) return 0;
  const before = mean(samples.slice(quarter, 2 * quarter));
  const after = mean(samples.slice(-quarter));
  return Math.round((after / before - 1) * 1_000) / 10;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
