/**
 * The header of a send, read from the frame's bytes. Names are those of SEND_MESSAGE (V1) or the
 * letters of SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE; which they are is told by the first field, not by
 * the code, since Go sends V1 names under every code it uses for single messages.
 *
 *   V1 name                V2   V1 name         V2
 *   producerGroup          a    flag            h
 *   topic                  b    properties      i
 *   defaultTopic           c    reconsumeTimes  j
 *   defaultTopicQueueNums  d    unitMode        k
 *   queueId                e    maxReconsumeTimes l
 *   sysFlag                f    batch           m
 *   bornTimestamp          g    bname           n
 *
 * Source: SendMessageRequestHeader.java, SendMessageRequestHeaderV2.java.
 */
import type { FrameView } from '@orbitmq/protocol';

const LETTER_A = 0x61;
const LETTER_M = 0x6d;

/** Index of each letter's V1 name in {@link SendRequest.fields}. */
const SLOT_BY_V1_NAME: ReadonlyMap<string, number> = new Map(
  [
    'producerGroup',
    'topic',
    'defaultTopic',
    'defaultTopicQueueNums',
    'queueId',
    'sysFlag',
    'bornTimestamp',
    'flag',
    'properties',
    'reconsumeTimes',
    'unitMode',
    'maxReconsumeTimes',
    'batch',
  ].map((name, slot) => [name, slot]),
);

const SLOTS = 13;
const PRODUCER_GROUP = 0;
const TOPIC = 1;
const DEFAULT_TOPIC = 2;
const DEFAULT_TOPIC_QUEUE_NUMS = 3;
const QUEUE_ID = 4;
const SYS_FLAG = 5;
const BORN_TIMESTAMP = 6;
const FLAG = 7;
const PROPERTIES = 8;
const RECONSUME_TIMES = 9;
const MAX_RECONSUME_TIMES = 11;
const BATCH = 12;

/** One reusable reading; valid until the next {@link readSendRequest} into it. */
export class SendRequest {
  /** Field index of each slot in the frame, -1 when it is absent. */
  readonly fields = new Int16Array(SLOTS);
  defaultTopicQueueNums = 0;
  queueId = 0;
  sysFlag = 0;
  bornTimestamp = 0;
  flag = 0;
  reconsumeTimes = 0;
  /** -1 when the sender gave none. */
  maxReconsumeTimes = -1;
  isBatch = false;

  get producerGroupField(): number {
    return this.fields[PRODUCER_GROUP] as number;
  }

  get topicField(): number {
    return this.fields[TOPIC] as number;
  }

  get defaultTopicField(): number {
    return this.fields[DEFAULT_TOPIC] as number;
  }

  /** -1 when the message has no properties. */
  get propertiesField(): number {
    return this.fields[PROPERTIES] as number;
  }
}

/** @returns the name of a required field that is missing or no number; undefined when all is well */
export function readSendRequest(frame: FrameView, request: SendRequest): string | undefined {
  const { fields } = request;
  for (let slot = 0; slot < SLOTS; slot++) fields[slot] = -1;
  for (let field = 0; field < frame.fieldCount; field++) {
    const keyStart = frame.keyStart(field);
    let slot = -1;
    if (frame.keyEnd(field) - keyStart === 1) {
      const letter = frame.buffer[keyStart] as number;
      if (letter >= LETTER_A && letter <= LETTER_M) slot = letter - LETTER_A;
    } else {
      slot = SLOT_BY_V1_NAME.get(frame.key(field)) ?? -1;
    }
    if (slot >= 0) fields[slot] = field;
  }
  if (request.topicField < 0) return 'topic';
  if (request.producerGroupField < 0) return 'producerGroup';
  return readNumbers(frame, request);
}

function readNumbers(frame: FrameView, request: SendRequest): string | undefined {
  const { fields } = request;
  request.queueId = integerOf(frame, fields[QUEUE_ID] as number);
  if (Number.isNaN(request.queueId)) return 'queueId';
  request.bornTimestamp = integerOf(frame, fields[BORN_TIMESTAMP] as number);
  if (Number.isNaN(request.bornTimestamp)) return 'bornTimestamp';
  request.sysFlag = integerOf(frame, fields[SYS_FLAG] as number);
  if (Number.isNaN(request.sysFlag)) return 'sysFlag';
  request.flag = integerOf(frame, fields[FLAG] as number);
  if (Number.isNaN(request.flag)) return 'flag';
  request.defaultTopicQueueNums = integerOf(frame, fields[DEFAULT_TOPIC_QUEUE_NUMS] as number);
  if (Number.isNaN(request.defaultTopicQueueNums)) return 'defaultTopicQueueNums';
  request.reconsumeTimes = integerOf(frame, fields[RECONSUME_TIMES] as number) || 0;
  const maxReconsumeTimes = integerOf(frame, fields[MAX_RECONSUME_TIMES] as number);
  request.maxReconsumeTimes = Number.isNaN(maxReconsumeTimes) ? -1 : maxReconsumeTimes;
  const batchField = fields[BATCH] as number;
  // "true" is the only spelling of true with four letters.
  request.isBatch =
    batchField >= 0 && frame.valueEnd(batchField) - frame.valueStart(batchField) === 4;
  return undefined;
}

function integerOf(frame: FrameView, field: number): number {
  return field < 0 ? Number.NaN : frame.integer(field);
}
