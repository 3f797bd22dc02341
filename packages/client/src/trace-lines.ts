/**
 * Lines of the trace topic: fields with 0x01 between them, 0x02 at the end. An absent value is the text `null`.
 *
 *   Pub             time region group topic msgId tags keys storeHost bodyLength costTime msgType offsetMsgId success
 *   SubBefore       time region group requestId msgId retryTimes keys
 *   SubAfter        requestId msgId costTime success keys contextCode time group
 *   EndTransaction  time region group topic msgId tags keys storeHost msgType transactionId state fromCheck
 *
 * Source: TraceDataEncoder.java.
 */
import type { TransactionState } from './transactions.ts';

const FIELD_END = '\u0001';
const LINE_END = '\u0002';

/** Ordinals of Apache's `MessageType`. */
const MESSAGE_TYPE = { normal: 0, half: 1, commit: 2, delayed: 3 } as const;

/** Ordinals of Apache's `ConsumeReturnType`. */
export const CONSUME_CODE = {
  success: 0,
  'timed-out': 1,
  threw: 2,
  later: 4,
} as const;

const STATE: Readonly<Record<TransactionState, string>> = {
  commit: 'COMMIT_MESSAGE',
  rollback: 'ROLLBACK_MESSAGE',
  unknown: 'UNKNOW',
};

/** What all lines about a message say. Times are milliseconds since the epoch. */
export interface Traced {
  readonly timeMs: number;
  readonly regionId: string;
  readonly group: string;
  readonly messageId: string;
  /** Separated by spaces. */
  readonly keys: string | undefined;
}

export interface TracedSend extends Traced {
  readonly topic: string;
  readonly tags: string | undefined;
  readonly brokerAddress: string;
  readonly bodyBytes: number;
  readonly tookMs: number;
  readonly kind: 'normal' | 'half' | 'delayed';
  readonly offsetMessageId: string;
  readonly isSuccess: boolean;
}

export interface TracedConsumption extends Traced {
  /** Joins the two lines. */
  readonly requestId: string;
}

export interface TracedTransactionEnd extends Traced {
  readonly topic: string;
  readonly tags: string | undefined;
  readonly brokerAddress: string;
  readonly transactionId: string | undefined;
  readonly state: TransactionState;
  readonly isFromCheck: boolean;
}

export function sendLine(sent: TracedSend): string {
  return line([
    'Pub',
    sent.timeMs,
    sent.regionId,
    sent.group,
    sent.topic,
    sent.messageId,
    sent.tags,
    sent.keys,
    sent.brokerAddress,
    sent.bodyBytes,
    Math.trunc(sent.tookMs),
    MESSAGE_TYPE[sent.kind],
    sent.offsetMessageId,
    sent.isSuccess,
  ]);
}

export function beforeConsumeLine(consumed: TracedConsumption, retryTimes: number): string {
  const { timeMs, regionId, group, requestId, messageId, keys } = consumed;
  return line(['SubBefore', timeMs, regionId, group, requestId, messageId, retryTimes, keys]);
}

export function afterConsumeLine(
  consumed: TracedConsumption,
  { kind, tookMs }: { readonly kind: keyof typeof CONSUME_CODE; readonly tookMs: number },
): string {
  const { timeMs, group, requestId, messageId, keys } = consumed;
  const [cost, code] = [Math.trunc(tookMs), CONSUME_CODE[kind]];
  const isSuccess = kind === 'success';
  return line(['SubAfter', requestId, messageId, cost, isSuccess, keys, code, timeMs, group]);
}

export function transactionEndLine(end: TracedTransactionEnd): string {
  return line([
    'EndTransaction',
    end.timeMs,
    end.regionId,
    end.group,
    end.topic,
    end.messageId,
    end.tags,
    end.keys,
    end.brokerAddress,
    MESSAGE_TYPE.commit,
    end.transactionId,
    STATE[end.state],
    end.isFromCheck,
  ]);
}

function line(fields: readonly (string | number | boolean | undefined)[]): string {
  return fields.map((field) => String(field ?? 'null')).join(FIELD_END) + LINE_END;
}
