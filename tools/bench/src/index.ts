export { type Comparison, compareRow, describeComparison, median, ROWS } from './compare.ts';
export { type Measured, measureSends, type SendRow } from './send-row.ts';
