export * from './bodies/index.ts';
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
export * from './commands/index.ts';
export * from './define-command.ts';
export * from './fast-json/index.ts';
export { FrameError } from './frame/frame-error.ts';
export {
  FrameView,
  MAX_FRAME_BYTES,
  MAX_HEADER_FIELDS,
  SerializeType,
  ValueForm,
} from './frame/frame-view.ts';
export { HeaderFields } from './frame/header-fields.ts';
export { readFrame } from './frame/read-frame.ts';
export { LANGUAGE_OTHER, LANGUAGES, languageName, languageOrdinal } from './language.ts';
export {
  BATCH_ELEMENT_FIXED_BYTES,
  type BatchElement,
  encodeBatchBody,
} from './message/batch-body.ts';
export {
  decodeHost,
  decodeMessageId,
  encodeHost,
  encodeMessageId,
  type HostAddress,
  hostBytes,
} from './message/message-id.ts';
export * from './message/names.ts';
export {
  decodeProperties,
  encodeProperties,
  NAME_END,
  PROPERTY_END,
  type Properties,
  propertyOf,
} from './message/properties.ts';
export { KEY_SEPARATOR, PropertyName, RESERVED_PROPERTY_NAMES } from './message/property-name.ts';
export {
  decodeRecord,
  decodeRecords,
  encodeRecord,
  MIN_RECORD_BYTES,
  messageIdOf,
  type RecordContent,
  RecordField,
  RecordMagic,
  type RecordParts,
  recordPartsAt,
  recordPropertiesText,
  type StoredMessage,
} from './message/record.ts';
export { compressionOf, MessageSysFlag, PullSysFlag } from './message/sys-flag.ts';
export { RequestCode, requestName } from './request-code.ts';
export { ResponseCode } from './response-code.ts';
