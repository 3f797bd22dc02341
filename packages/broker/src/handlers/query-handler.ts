/** Messages by key. Source: QueryMessageProcessor.java (queryMessage). */
import { errorCode } from '@orbitmq/kernel';
import { queryMessage, ResponseCode } from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';

const NOT_FOUND = 'can not find message, maybe time range not correct';

export function registerQueryHandler(server: RemotingServer, context: BrokerContext): void {
  server.register(queryMessage, handleQueryMessage(context));
}

/** `indexType` narrows nothing: one index holds keys and unique keys alike, as in Apache's index files. */
function handleQueryMessage({ store, config }: BrokerContext): Handler<typeof queryMessage> {
  return async (request) => {
    const { topic, key, beginTimestamp: beginMs, endTimestamp: endMs } = request;
    const { _UNIQUE_KEY_QUERY: isUnique } = request;
    const wanted = isUnique === true ? config.defaultQueryMaxNum : request.maxNum;
    const maxMessages = Math.min(wanted, config.maxMsgsNumBatch);
    const { records, lastTimestampMs, lastOffset } = await store
      .query({ topic, key, maxMessages, beginMs, endMs })
      .catch((error: unknown) => {
        if (errorCode(error) !== 'QUERIES_BUSY') throw error;
        throw new ResponseError(ResponseCode.SYSTEM_BUSY, 'too many queries wait, try again later');
      });
    const fields = {
      indexLastUpdateTimestamp: lastTimestampMs,
      indexLastUpdatePhyoffset: lastOffset,
    };
    if (records.length > 0) return reply({ fields, body: Buffer.concat(records) });
    return reply({ code: ResponseCode.QUERY_NOT_FOUND, fields, remark: NOT_FOUND });
  };
}
