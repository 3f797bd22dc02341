import { bodyOf } from './body.ts';
import { defaulted, int32, optional, struct, type TypeOf, text } from './shape.ts';

/** Source: CheckRocksdbCqWriteResult.java. */
export type CheckRocksdbCqWriteResult = TypeOf<typeof checkRocksdbCqWriteResult>;
const checkRocksdbCqWriteResult = struct({
  checkResult: optional(text),
  /** 0 equal, 1 not equal, 2 in progress, 3 error. */
  checkStatus: defaulted(int32, 0),
});
export const { parse: parseCheckRocksdbCqWriteResult, print: printCheckRocksdbCqWriteResult } =
  bodyOf('CheckRocksdbCqWriteResult', checkRocksdbCqWriteResult);
