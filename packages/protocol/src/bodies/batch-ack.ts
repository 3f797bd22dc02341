import { isJsonObject, type JsonObject, type JsonValue } from '../fast-json/index.ts';
import { bodyOf } from './body.ts';
import { defaulted, int32, int64, list, type Shape, struct, type TypeOf, text } from './shape.ts';

/**
 * Acknowledges several messages of one queue of one pop (5.x). Source: BatchAck.java.
 */
export type BatchAck = TypeOf<typeof batchAckByLetters>;
const batchAckByLetters = struct({
  /** Bit i, from the lowest bit of the first byte, means offset so + i; base64. */
  b: text,
  /** Consumer group. */
  c: text,
  /** Invisible time, ms. */
  it: int64,
  /** Pop time, ms since 1970. */
  pt: int64,
  /** Queue id. */
  q: int32,
  /** "0" normal topic, "1" and "2" retry topic. */
  r: text,
  /** Revive queue id. */
  rq: int32,
  /** Offset of bit 0, in messages. */
  so: int64,
  /** Topic. */
  t: text,
});

/** Names that readers take besides the letters. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  bitSet: 'b',
  consumerGroup: 'c',
  invisibleTime: 'it',
  popTime: 'pt',
  queueId: 'q',
  retry: 'r',
  reviveQueueId: 'rq',
  startOffset: 'so',
  topic: 't',
};

const batchAck: Shape<BatchAck> = {
  read: (value) => batchAckByLetters.read(isJsonObject(value) ? withLetters(value) : value),
  write: (value) => batchAckByLetters.write(value),
};

function withLetters(given: JsonObject): JsonObject {
  const letters: Record<string, JsonValue | undefined> = {};
  for (const [name, value] of Object.entries(given)) letters[LONG_NAMES[name] ?? name] = value;
  return letters;
}

/** Source: BatchAckMessageRequestBody.java. */
export type BatchAckMessageRequestBody = TypeOf<typeof batchAckRequest>;
const batchAckRequest = struct({ acks: defaulted(list(batchAck), []), brokerName: text });
export const { parse: parseBatchAckMessageRequestBody, print: printBatchAckMessageRequestBody } =
  bodyOf('BatchAckMessageRequestBody', batchAckRequest);
