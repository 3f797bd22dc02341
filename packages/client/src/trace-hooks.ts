/** Hooks that write traces. Source: SendMessageTraceHookImpl.java, ConsumeMessageTraceHookImpl.java, EndTransactionTraceHookImpl.java. */
import { PropertyName } from '@orbitmq/protocol';
import type { Clock } from '@orbitmq/runtime';
import type { ConsumedBatch, ConsumeHook } from './consume-hook.ts';
import type { ReceivedMessage } from './message.ts';
import { keysTextOf } from './outgoing.ts';
import type { SendHook } from './send-hook.ts';
import {
  afterConsumeLine,
  beforeConsumeLine,
  sendLine,
  type TracedConsumption,
  transactionEndLine,
} from './trace-lines.ts';
import type { TraceQueue } from './trace-queue.ts';

const DEFAULT_REGION = 'DefaultRegion';

/** Traces sends that a broker answered, unless it does not want that; a batch has a line for each message. */
export function sendTraces(traces: TraceQueue, clock: Clock): SendHook {
  return {
    after({ messages, messageIds, ...attempt }, { result, tookMs }) {
      const { topic } = attempt.queue;
      if (result === undefined || !result.isTraced || !traces.isTraced(topic)) return;
      const offsetMessageIds = result.offsetMessageId.split(',');
      const timeMs = clock.now() - Math.trunc(tookMs);
      messages.forEach((message, index) => {
        const traced = {
          timeMs,
          regionId: result.regionId,
          group: attempt.group,
          topic,
          messageId: messageIds[index] ?? '',
          tags: message.tags,
          keys: keysTextOf(message),
          brokerAddress: attempt.brokerAddress,
          bodyBytes: messages.length === 1 ? attempt.bodyBytes : message.body.length,
          tookMs: tookMs / messages.length,
          kind: attempt.kind,
          offsetMessageId: offsetMessageIds[index] ?? '',
          isSuccess: result.status === 'SEND_OK',
        };
        traces.add(sendLine(traced), traced);
      });
    },

    transactionEnded(end) {
      const traced = { ...end, timeMs: clock.now(), regionId: DEFAULT_REGION };
      traces.add(transactionEndLine(traced), traced);
    },
  };
}

/** Traces what listeners get, before and after, unless the broker that stored it did not want that. */
export function consumeTraces(traces: TraceQueue, clock: Clock): ConsumeHook {
  const requestIds = new WeakMap<ConsumedBatch, string>();
  const tracedOf = (
    { group }: ConsumedBatch,
    message: ReceivedMessage,
    requestId: string,
  ): TracedConsumption | undefined => {
    const { properties, messageId, topic } = message;
    if (properties[PropertyName.traceSwitch] === 'false' || !traces.isTraced(topic))
      return undefined;
    const regionId = properties[PropertyName.region] ?? DEFAULT_REGION;
    const keys = properties[PropertyName.keys];
    return { timeMs: clock.now(), regionId, group, messageId, keys, requestId };
  };
  return {
    before(batch) {
      const requestId = traces.nextId();
      requestIds.set(batch, requestId);
      for (const message of batch.messages) {
        const traced = tracedOf(batch, message, requestId);
        if (traced === undefined) continue;
        traces.add(beforeConsumeLine(traced, message.reconsumeTimes), traced);
      }
    },

    after(batch, { kind, tookMs }) {
      const requestId = requestIds.get(batch);
      if (requestId === undefined) return;
      for (const message of batch.messages) {
        const traced = tracedOf(batch, message, requestId);
        if (traced === undefined) continue;
        const each = { kind, tookMs: tookMs / batch.messages.length };
        traces.add(afterConsumeLine(traced, each), traced);
      }
    },
  };
}
