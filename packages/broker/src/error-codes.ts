import { ResponseCode } from '@orbitmq/protocol';

/** Response codes of errors that handlers let through; their messages say what was wrong and what was expected. */
export const BROKER_ERROR_CODES: Readonly<Record<string, number>> = {
  BODY_MALFORMED: ResponseCode.SYSTEM_ERROR,
  JSON_MALFORMED: ResponseCode.SYSTEM_ERROR,
  MESSAGE_ID_MALFORMED: ResponseCode.SYSTEM_ERROR,
  CONSUMER_OFFSETS_FULL: ResponseCode.SYSTEM_BUSY,
  PENDING_RESETS_FULL: ResponseCode.SYSTEM_BUSY,
};
