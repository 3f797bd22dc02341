/** Which queues a client consumes, decided by the broker (5.x), and how: by pull or by pop. */
import { bodyOf } from './body.ts';
import { messageQueue } from './message-queue.ts';
import { defaulted, int32, list, mapOf, optional, struct, type TypeOf, text } from './shape.ts';

/** Source: QueryAssignmentRequestBody.java. */
export type QueryAssignmentRequestBody = TypeOf<typeof queryAssignmentRequest>;
const queryAssignmentRequest = struct({
  clientId: text,
  consumerGroup: text,
  messageModel: defaulted(text, 'CLUSTERING'),
  /** AVG or AVG_BY_CIRCLE. */
  strategyName: defaulted(text, 'AVG'),
  topic: text,
});
export const { parse: parseQueryAssignmentRequestBody, print: printQueryAssignmentRequestBody } =
  bodyOf('QueryAssignmentRequestBody', queryAssignmentRequest);

/** Source: MessageQueueAssignment.java. */
export type MessageQueueAssignment = TypeOf<typeof messageQueueAssignment>;
const messageQueueAssignment = struct({
  attachments: optional(mapOf(text)),
  /** Queue id -1 means the whole broker. */
  messageQueue,
  /** PULL or POP. */
  mode: defaulted(text, 'PULL'),
});

/** Source: QueryAssignmentResponseBody.java. */
export type QueryAssignmentResponseBody = TypeOf<typeof queryAssignmentResponse>;
const queryAssignmentResponse = struct({
  /** Absent when nothing can be assigned. */
  messageQueueAssignments: optional(list(messageQueueAssignment)),
});
export const { parse: parseQueryAssignmentResponseBody, print: printQueryAssignmentResponseBody } =
  bodyOf('QueryAssignmentResponseBody', queryAssignmentResponse);

/** Source: SetMessageRequestModeRequestBody.java. */
export type SetMessageRequestModeRequestBody = TypeOf<typeof setMessageRequestMode>;
const setMessageRequestMode = struct({
  consumerGroup: text,
  mode: defaulted(text, 'PULL'),
  popShareQueueNum: defaulted(int32, 0),
  topic: text,
});
export const {
  parse: parseSetMessageRequestModeRequestBody,
  print: printSetMessageRequestModeRequestBody,
} = bodyOf('SetMessageRequestModeRequestBody', setMessageRequestMode);

/** Topic to group to mode. Source: MessageRequestModeSerializeWrapper.java. */
export type MessageRequestModeSerializeWrapper = TypeOf<typeof messageRequestModes>;
const messageRequestModes = struct({
  messageRequestModeMap: defaulted(mapOf(mapOf(setMessageRequestMode)), new Map()),
});
export const {
  parse: parseMessageRequestModeSerializeWrapper,
  print: printMessageRequestModeSerializeWrapper,
} = bodyOf('MessageRequestModeSerializeWrapper', messageRequestModes);
