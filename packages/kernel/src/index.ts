export { assert, InvariantError, required } from './assert.ts';
export {
  copyToBackslash,
  indexOfByte,
  indexOfControl,
  indexOfJsonSpecial,
} from './byte-words.ts';
export { copyWithCrc32, crc32 } from './crc32.ts';
export { errorCode, RocketMqError, type RocketMqErrorOptions, toError } from './errors.ts';
export { GrowingBuffer } from './growing-buffer.ts';
export { int32At, readInt64, writeInt32, writeInt64 } from './int64.ts';
export { javaHashCode, javaHashCodeOfUtf8 } from './java-hash.ts';
export { type LogFields, type Logger, silentLogger } from './logger.ts';
export { endWithReader, outliveReaders } from './printed.ts';
export { copyFew, copyShort, NATIVE_COPY_FROM_BYTES, RecentViews } from './short-copies.ts';
