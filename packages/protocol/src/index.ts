export {
  answerTo,
  appendCommand,
  CommandFlag,
  encodeCommand,
  isOneway,
  isResponse,
  PROTOCOL_VERSION,
  type RemotingCommand,
  toCommand,
} from './command.ts';
export * from './define-command.ts';
export { FrameError } from './frame/frame-error.ts';
export {
  FrameView,
  MAX_FRAME_BYTES,
  MAX_HEADER_FIELDS,
  SerializeType,
  ValueForm,
} from './frame/frame-view.ts';
export { readFrame } from './frame/read-frame.ts';
export { LANGUAGE_OTHER, LANGUAGES, languageName, languageOrdinal } from './language.ts';
export { RequestCode, requestName } from './request-code.ts';
export { ResponseCode } from './response-code.ts';
