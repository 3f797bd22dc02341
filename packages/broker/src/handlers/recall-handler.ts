/**
 * RECALL_MESSAGE: a sender takes a timer message back that is not due yet. A message that says so waits in the
 * same slot, and what it names is not delivered.
 *
 * Source: RecallMessageProcessor.java.
 */
import { encodeProperties, PropertyName, ResponseCode, recallMessage } from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError } from '@orbitmq/remoting';
import { AppendRecord } from '@orbitmq/store';
import type { BrokerContext } from '../broker-context.ts';
import { hostOf } from '../send/born-host.ts';
import type { MessageRouter } from '../send/message-router.ts';
import type { MessageWriter } from '../send/message-writer.ts';
import { SpecialProperty } from '../send/property-bytes.ts';
import { parseRecallHandle, type RecallHandle } from '../timer/recall-handle.ts';
import type { Topic } from '../topics/topic.ts';

const RECALL_TAG = '_RECALL_TAG_';
const RECALL_BODY = Buffer.from('0');

export interface RecallParts {
  readonly context: BrokerContext;
  readonly writer: MessageWriter;
  readonly router: MessageRouter;
}

export function registerRecallHandler(server: RemotingServer, parts: RecallParts): void {
  server.register(recallMessage, handleRecall(parts));
}

export function handleRecall(parts: RecallParts): Handler<typeof recallMessage> {
  const { context } = parts;
  return async (request, { connection }) => {
    const { config, clock, topics } = context;
    if (!config.recallMessageEnable) {
      throw refused(ResponseCode.NO_PERMISSION, 'recall failed, operation is forbidden');
    }
    const topic = topics.byName(request.topic);
    if (topic === undefined) {
      const remark = `recall failed, the topic[${request.topic}] not exist`;
      throw refused(ResponseCode.TOPIC_NOT_EXIST, remark);
    }
    const handle = checkedHandle(context, request);
    const record = new AppendRecord();
    record.bornTimestampMs = clock.now();
    record.bornHost = hostOf(connection);
    record.body = RECALL_BODY;
    record.bodyEnd = RECALL_BODY.length;
    record.properties = Buffer.from(propertiesText(handle, request.producerGroup));
    record.propertiesEnd = record.properties.length;
    if (!(await store(parts, topic, record))) {
      throw refused(ResponseCode.SYSTEM_ERROR, 'recall failed, execute error');
    }
    return { msgId: handle.uniqueKey, MSG_REGION: config.regionId };
  };
}

/** @returns whether it is stored, and waits */
async function store(
  { writer, router }: RecallParts,
  topic: Topic,
  record: AppendRecord,
): Promise<boolean> {
  const sent = { special: SpecialProperty.timer, maxReconsumeTimes: -1, peerVersion: 0 };
  const routed = router.route(topic, 0, record, sent);
  if ('code' in routed) throw refused(routed.code, routed.remark);
  if (routed.topic === topic) return false;
  const stored = writer.isFull ? undefined : writer.put(routed.topic.queue(0), record);
  if (!(stored instanceof Promise)) return false;
  const { code } = await stored;
  return code === ResponseCode.SUCCESS || code === ResponseCode.FLUSH_DISK_TIMEOUT;
}

/** @throws {ResponseError} ILLEGAL_OPERATION when it is not of this topic, this broker, or a time to come */
function checkedHandle(
  { config, clock }: BrokerContext,
  request: { readonly topic: string; readonly recallHandle: string },
): RecallHandle {
  const handle = parseRecallHandle(request.recallHandle);
  if (handle === undefined) throw illegal('recall handle is invalid');
  if (handle.topic !== request.topic) throw illegal('recall failed, topic not match');
  if (handle.brokerName !== config.brokerName) {
    throw illegal('recall failed, broker service not available');
  }
  const restMs = handle.timeMs - clock.now();
  if (restMs <= 0 || restMs >= config.timerMaxDelaySec * 1000) {
    throw illegal('recall failed, timestamp invalid');
  }
  return handle;
}

function propertiesText(handle: RecallHandle, producerGroup: string | undefined): string {
  return encodeProperties({
    [PropertyName.tags]: RECALL_TAG,
    [PropertyName.timerDeleteUniqueKey]: `${handle.topic}+${handle.uniqueKey}`,
    [PropertyName.uniqueKey]: handle.uniqueKey,
    [PropertyName.timerDeliverMs]: String(handle.timeMs),
    [PropertyName.producerGroup]: producerGroup,
  });
}

function illegal(remark: string): ResponseError {
  return refused(ResponseCode.ILLEGAL_OPERATION, remark);
}

function refused(code: number, remark: string): ResponseError {
  return new ResponseError(code, remark);
}
