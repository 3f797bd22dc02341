/**
 * The header of a pull, read from the frame's bytes.
 *
 *   consumerGroup, topic => text        commitOffset => int64      subscription => text, optional
 *   queueId              => int32       suspendTimeoutMillis => int64, ms
 *   queueOffset          => int64       subVersion => int64        expressionType => text, optional
 *   maxMsgNums, sysFlag  => int32       maxMsgBytes => int32, optional (5.x)
 *
 * Source: PullMessageRequestHeader.java.
 */
import type { FrameView } from '@orbitmq/protocol';

/** Slots by the name's length and first letter would collide; a map of nine short strings does not show in a profile. */
const SLOT_BY_NAME: ReadonlyMap<string, number> = new Map([
  ['consumerGroup', 0],
  ['topic', 1],
  ['queueId', 2],
  ['queueOffset', 3],
  ['maxMsgNums', 4],
  ['sysFlag', 5],
  ['commitOffset', 6],
  ['suspendTimeoutMillis', 7],
  ['subscription', 8],
  ['subVersion', 9],
  ['expressionType', 10],
  ['maxMsgBytes', 11],
]);
const SLOTS = 12;
/** What a pull asks for when it names no byte limit: the broker's own limits decide. */
const NO_BYTE_LIMIT = 2_147_483_647;

/** One reusable reading; valid until the next {@link readPullRequest} into it. */
export class PullRequest {
  readonly fields = new Int16Array(SLOTS);
  queueId = 0;
  queueOffset = 0;
  maxMessages = 0;
  maxBytes = NO_BYTE_LIMIT;
  sysFlag = 0;
  commitOffset = 0;
  suspendTimeoutMs = 0;
  subVersion = 0;

  get groupField(): number {
    return this.fields[0] as number;
  }

  get topicField(): number {
    return this.fields[1] as number;
  }

  get subscriptionField(): number {
    return this.fields[8] as number;
  }

  get expressionTypeField(): number {
    return this.fields[10] as number;
  }
}

/** @returns the name of a required field that is missing or no number; undefined when all is well */
export function readPullRequest(frame: FrameView, request: PullRequest): string | undefined {
  const { fields } = request;
  fields.fill(-1);
  for (let field = 0; field < frame.fieldCount; field++) {
    const slot = SLOT_BY_NAME.get(frame.key(field));
    if (slot !== undefined) fields[slot] = field;
  }
  if (request.groupField < 0) return 'consumerGroup';
  if (request.topicField < 0) return 'topic';
  request.queueId = integerOf(frame, fields[2] as number);
  if (Number.isNaN(request.queueId)) return 'queueId';
  request.queueOffset = integerOf(frame, fields[3] as number);
  if (Number.isNaN(request.queueOffset)) return 'queueOffset';
  request.maxMessages = integerOf(frame, fields[4] as number);
  if (Number.isNaN(request.maxMessages)) return 'maxMsgNums';
  request.sysFlag = integerOf(frame, fields[5] as number);
  if (Number.isNaN(request.sysFlag)) return 'sysFlag';
  request.commitOffset = integerOf(frame, fields[6] as number) || 0;
  request.suspendTimeoutMs = integerOf(frame, fields[7] as number) || 0;
  request.subVersion = integerOf(frame, fields[9] as number) || 0;
  request.maxBytes = integerOf(frame, fields[11] as number) || NO_BYTE_LIMIT;
  return undefined;
}

function integerOf(frame: FrameView, field: number): number {
  return field < 0 ? Number.NaN : frame.integer(field);
}
