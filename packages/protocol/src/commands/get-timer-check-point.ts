import { defineCommand } from '../define-command.ts';

/**
 * GET_TIMER_CHECK_POINT: state of the timer wheel, for slaves (5.x).
 *
 *   request  => nothing
 *   response => body
 *     body => TimerCheckpoint, 56 bytes
 *
 * Source: TimerCheckpoint.java.
 */
export const getTimerCheckPoint = defineCommand({
  code: 60,
  name: 'GET_TIMER_CHECK_POINT',
});
