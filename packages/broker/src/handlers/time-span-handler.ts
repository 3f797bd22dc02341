/** Store times around where a group is. Source: AdminBrokerProcessor.queryConsumeTimeSpan. */
import {
  printQueryConsumeTimeSpanBody,
  type QueueTimeSpan,
  queryConsumeTimeSpan,
  ResponseCode,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import type { Topic } from '../topics/topic.ts';

const UNKNOWN_MS = -1;

export function registerTimeSpanHandler(server: RemotingServer, context: BrokerContext): void {
  server.register(queryConsumeTimeSpan, handleTimeSpan(context));
}

function handleTimeSpan(context: BrokerContext): Handler<typeof queryConsumeTimeSpan> {
  return async ({ topic: name, group }) => {
    const topic = context.topics.byName(name);
    if (topic === undefined) {
      throw new ResponseError(ResponseCode.TOPIC_NOT_EXIST, `topic[${name}] not exist`);
    }
    const consumeTimeSpanSet: QueueTimeSpan[] = [];
    for (let queueId = 0; queueId < topic.config.writeQueueNums; queueId++) {
      consumeTimeSpanSet.push(await timeSpanOf(context, topic, group, queueId));
    }
    return reply({ body: printQueryConsumeTimeSpanBody({ consumeTimeSpanSet }) });
  };
}

async function timeSpanOf(
  context: BrokerContext,
  topic: Topic,
  group: string,
  queueId: number,
): Promise<QueueTimeSpan> {
  const queue = topic.queue(queueId);
  const { minOffset, maxOffset } = queue;
  const timeAt = async (offset: number): Promise<number> =>
    offset < minOffset || offset >= maxOffset
      ? UNKNOWN_MS
      : ((await context.store.storeTimeAt(queue, offset)) ?? UNKNOWN_MS);
  const minTimeStamp = await timeAt(minOffset);
  const maxTimeStamp = await timeAt(maxOffset - 1);
  const consumed = context.metadata.consumerOffset(topic.name, group, queueId) ?? 0;
  const consumeTimeStamp = consumed > 0 ? await timeAt(consumed - 1) : minTimeStamp;
  const nextMs = await timeAt(Math.max(consumed, minOffset));
  return {
    messageQueue: { brokerName: context.config.brokerName, queueId, topic: topic.name },
    minTimeStamp,
    minTimeStampStr: timeText(minTimeStamp),
    maxTimeStamp,
    maxTimeStampStr: timeText(maxTimeStamp),
    consumeTimeStamp,
    consumeTimeStampStr: timeText(consumeTimeStamp),
    delayTime: nextMs === UNKNOWN_MS ? 0 : Math.max(0, context.clock.now() - nextMs),
  };
}

/** `yyyy-MM-dd#HH:mm:ss:SSS` in the broker's time zone. */
function timeText(timeMs: number): string {
  const time = new Date(timeMs);
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${day}#${clock}:${String(time.getMilliseconds()).padStart(3, '0')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
