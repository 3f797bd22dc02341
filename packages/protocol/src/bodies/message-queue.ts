import { int32, struct, type TypeOf, text } from './shape.ts';

/** One queue of a topic on one broker. Source: MessageQueue.java. */
export type MessageQueue = TypeOf<typeof messageQueue>;
export const messageQueue = struct({ brokerName: text, queueId: int32, topic: text });
