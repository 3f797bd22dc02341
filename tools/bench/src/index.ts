export type { Target, Targets } from './brokers.ts';
export { type Comparison, compareRow, describeComparison, ROWS, type Row } from './compare.ts';
export { runLoop } from './load-loop.ts';
export { type Measured, median } from './measured.ts';
export { dropPageCache, measurePulls, type PullLoad, preparePulls } from './pull-row.ts';
export { fillQueues, measureSends, type SendLoad, singleSends } from './send-row.ts';
