export type { Target, Targets } from './brokers.ts';
export { type Comparison, compareRow, describeComparison, ROWS, type Row } from './compare.ts';
export { type Measured, median } from './measured.ts';
export { measurePulls, type PullLoad, preparePulls } from './pull-row.ts';
export { measureSends, type SendLoad } from './send-row.ts';
