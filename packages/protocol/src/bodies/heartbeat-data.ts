import { bodyOf } from './body.ts';
import {
  bool,
  defaulted,
  enumName,
  int32,
  int64,
  list,
  optional,
  struct,
  type TypeOf,
  text,
} from './shape.ts';

/** What a consumer wants of a topic. Source: SubscriptionData.java. */
export type SubscriptionData = TypeOf<typeof subscriptionData>;
export const subscriptionData = struct({
  classFilterMode: defaulted(bool, false),
  /** Java hash codes of the tags. */
  codeSet: defaulted(list(int32), []),
  /** TAG or SQL92. */
  expressionType: defaulted(text, 'TAG'),
  /** The expression as the user wrote it. */
  subString: defaulted(text, '*'),
  /** Newer ones replace older ones: ms since 1970 from Java, ns from Go. */
  subVersion: defaulted(int64, 0),
  tagsSet: defaulted(list(text), []),
  topic: text,
});

export const CONSUME_TYPES = ['CONSUME_ACTIVELY', 'CONSUME_PASSIVELY', 'CONSUME_POP'] as const;
export const MESSAGE_MODELS = ['BROADCASTING', 'CLUSTERING'] as const;
export const CONSUME_FROM_WHERE = [
  'CONSUME_FROM_LAST_OFFSET',
  'CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST',
  'CONSUME_FROM_MIN_OFFSET',
  'CONSUME_FROM_MAX_OFFSET',
  'CONSUME_FROM_FIRST_OFFSET',
  'CONSUME_FROM_TIMESTAMP',
] as const;

/** A consumer group of a client. Source: ConsumerData.java. */
export type ConsumerData = TypeOf<typeof consumerData>;
const consumerData = struct({
  consumeFromWhere: defaulted(enumName(CONSUME_FROM_WHERE), 'CONSUME_FROM_LAST_OFFSET'),
  consumeType: defaulted(enumName(CONSUME_TYPES), 'CONSUME_PASSIVELY'),
  groupName: text,
  messageModel: defaulted(enumName(MESSAGE_MODELS), 'CLUSTERING'),
  subscriptionDataSet: defaulted(list(subscriptionData), []),
  unitMode: defaulted(bool, false),
});

/** A producer group of a client. Source: ProducerData.java. */
export type ProducerData = TypeOf<typeof producerData>;
const producerData = struct({ groupName: text });

/** What a client tells a broker every 30 s. Source: HeartbeatData.java. */
export type HeartbeatData = TypeOf<typeof heartbeatData>;
const heartbeatData = struct({
  clientID: text,
  consumerDataSet: defaulted(list(consumerData), []),
  /** 5.x; 0 or absent means that the subscriptions are all there. */
  heartbeatFingerprint: optional(int32),
  producerDataSet: defaulted(list(producerData), []),
  /** 5.x: the subscriptions are left out because the fingerprint is known. */
  withoutSub: optional(bool),
});
export const { parse: parseHeartbeatData, print: printHeartbeatData } = bodyOf(
  'HeartbeatData',
  heartbeatData,
);

/** Source: CheckClientRequestBody.java. */
export type CheckClientRequestBody = TypeOf<typeof checkClient>;
const checkClient = struct({
  clientId: text,
  group: text,
  /** 5.x. */
  namespace: optional(text),
  subscriptionData: optional(subscriptionData),
});
export const { parse: parseCheckClientRequestBody, print: printCheckClientRequestBody } = bodyOf(
  'CheckClientRequestBody',
  checkClient,
);
