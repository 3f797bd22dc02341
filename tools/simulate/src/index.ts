export { Violation } from './inspection.ts';
export { type Outcome, simulate } from './simulation.ts';
