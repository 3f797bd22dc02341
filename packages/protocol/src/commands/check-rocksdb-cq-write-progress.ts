import { defineCommand, int64, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * CHECK_ROCKSDB_CQ_WRITE_PROGRESS: compares both forms of consume queues (5.x).
 *
 *   request  => [topic] [checkStoreTime] [bname] [ns] [nsd] [oway] [lo]
 *     topic          => text
 *     checkStoreTime => int64, ms since 1970
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => CheckRocksdbCqWriteResult
 *
 * Source: CheckRocksdbCqWriteProgressRequestHeader.java.
 */
export const checkRocksdbCqWriteProgress = defineCommand({
  code: 354,
  name: 'CHECK_ROCKSDB_CQ_WRITE_PROGRESS',
  request: {
    topic: text({ optional: true }),
    checkStoreTime: int64({ optional: true }),
    ...topicFields,
  },
});
