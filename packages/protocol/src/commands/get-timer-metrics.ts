import { defineCommand } from '../define-command.ts';

/**
 * GET_TIMER_METRICS: how many timer messages wait, for slaves (5.x).
 *
 *   request  => nothing
 *   response => body
 *     body => TimerMetricsSerializeWrapper
 *
 * Source: TimerMetricsSerializeWrapper.java.
 */
export const getTimerMetrics = defineCommand({
  code: 61,
  name: 'GET_TIMER_METRICS',
});
