import type { Scenario } from '../scenario.ts';
import { delay } from './delay.ts';

/** The delay levels of a broker that has others than the default ones. */
export const delayLevels: Scenario = (context) => delay(context);
