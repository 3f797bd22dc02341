import { RocketMqError } from '@orbitmq/kernel';

/**
 * Bytes that are no frame. The connection they came on cannot be read any further: whoever gets
 * this closes it, and nothing else.
 */
export class FrameError extends RocketMqError {
  override readonly name = 'FrameError';

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { code: 'FRAME_MALFORMED', details });
  }
}
