/** Why a send is refused, and the answer that says so; codes and texts as Apache's. Source: SendMessageProcessor.java. */
import { answerTo, type RemotingCommand, ResponseCode } from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import type { DiskRatios } from '@orbitmq/store';

export interface Refusal {
  readonly code: number;
  readonly remark: string;
}

/** Fields that even a refusal carries. */
export interface RefusalFields {
  readonly regionId: string;
  readonly isTraceOn: boolean;
}

export function refuseSend(
  connection: Connection,
  request: Pick<RemotingCommand, 'opaque' | 'serializeType'>,
  refusal: Refusal,
  fields: RefusalFields,
): void {
  connection.send(
    answerTo(request, {
      code: refusal.code,
      remark: refusal.remark,
      extFields: { MSG_REGION: fields.regionId, TRACE_ON: String(fields.isTraceOn) },
      body: undefined,
    }),
  );
}

/** @param ratios how much of the disks is in use; queues and index share one */
export function storeUnavailable({ log, queues }: DiskRatios): Refusal {
  const [cl, other] = [log, queues].map((ratio) => ratio.toFixed(2).padStart(5));
  return {
    code: ResponseCode.SERVICE_NOT_AVAILABLE,
    remark:
      "service not available now. It may be caused by one of the following reasons: the broker's disk is full " +
      `[CL: ${cl} CQ: ${other} INDEX: ${other}], ` +
      'messages are put to the slave, message store has been shut down, etc.',
  };
}

/** More is waiting for the disk than memory is meant to hold. */
export function diskBusy(): Refusal {
  return {
    code: ResponseCode.SYSTEM_BUSY,
    remark: '[PC_SYNCHRONIZED]broker busy, start flow control for a while',
  };
}

export function messageIllegal(maxMessageSize: number): Refusal {
  return {
    code: ResponseCode.MESSAGE_ILLEGAL,
    remark:
      'the message is illegal, maybe msg body or properties length not matched. ' +
      `msg body length limit ${maxMessageSize}B, msg properties length limit 32KB.`,
  };
}

export function sendQueueFull(): Refusal {
  return {
    code: ResponseCode.SYSTEM_BUSY,
    remark: '[OVERLOAD]system busy, start flow control for a while',
  };
}
