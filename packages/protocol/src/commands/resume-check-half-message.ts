import { defineCommand, text } from '../define-command.ts';

/**
 * RESUME_CHECK_HALF_MESSAGE: checks a half message again that was given up.
 *
 *   request  => [msgId] [topic]
 *     msgId => text, offset message id
 *     topic => text, 5.x
 *   response => nothing
 *
 * Source: ResumeCheckHalfMessageRequestHeader.java.
 */
export const resumeCheckHalfMessage = defineCommand({
  code: 323,
  name: 'RESUME_CHECK_HALF_MESSAGE',
  request: {
    msgId: text({ optional: true }),
    topic: text({ optional: true }),
  },
});
