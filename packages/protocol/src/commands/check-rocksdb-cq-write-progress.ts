import { defineCommand, int64, text } from '../define-command.ts';

/**
 * CHECK_ROCKSDB_CQ_WRITE_PROGRESS: compares both forms of consume queues (5.x).
 *
 *   request  => topic [checkStoreTime]
 *     topic          => text
 *     checkStoreTime => int64, ms since 1970
 *   response => body
 *     body => CheckRocksdbCqWriteResult
 *
 * Source: CheckRocksdbCqWriteProgressRequestHeader.java.
 */
export const checkRocksdbCqWriteProgress = defineCommand({
  code: 354,
  name: 'CHECK_ROCKSDB_CQ_WRITE_PROGRESS',
  request: {
    topic: text(),
    checkStoreTime: int64({ optional: true }),
  },
});
