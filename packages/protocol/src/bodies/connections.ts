import { bodyOf } from './body.ts';
import { subscriptionData } from './heartbeat-data.ts';
import {
  defaulted,
  int32,
  int64,
  list,
  mapOf,
  optional,
  struct,
  type TypeOf,
  text,
} from './shape.ts';

/** A client that is connected. Source: Connection.java. */
export type ClientConnection = TypeOf<typeof clientConnection>;
const clientConnection = struct({
  /** host:port, without a slash. */
  clientAddr: text,
  clientId: text,
  /** Name of `LanguageCode`; absent when the broker does not know it. */
  language: optional(text),
  version: defaulted(int32, 0),
});

/** Clients of a consumer group. Source: ConsumerConnection.java. */
export type ConsumerConnection = TypeOf<typeof consumerConnection>;
const consumerConnection = struct({
  connectionSet: defaulted(list(clientConnection), []),
  consumeFromWhere: optional(text),
  consumeType: optional(text),
  messageModel: optional(text),
  /** By topic. */
  subscriptionTable: defaulted(mapOf(subscriptionData), new Map()),
});
export const { parse: parseConsumerConnection, print: printConsumerConnection } = bodyOf(
  'ConsumerConnection',
  consumerConnection,
);

/** Clients of a producer group. Source: ProducerConnection.java. */
export type ProducerConnection = TypeOf<typeof producerConnection>;
const producerConnection = struct({ connectionSet: defaulted(list(clientConnection), []) });
export const { parse: parseProducerConnection, print: printProducerConnection } = bodyOf(
  'ProducerConnection',
  producerConnection,
);

/** Source: ProducerInfo.java. */
export type ProducerInfo = TypeOf<typeof producerInfo>;
const producerInfo = struct({
  clientId: text,
  language: optional(text),
  /** Of the last heartbeat, ms since 1970. */
  lastUpdateTimestamp: defaulted(int64, 0),
  /** /host:port, with a slash. */
  remoteIP: text,
  version: defaulted(int32, 0),
});

/** Clients of all producer groups. Source: ProducerTableInfo.java. */
export type ProducerTableInfo = TypeOf<typeof producerTableInfo>;
const producerTableInfo = struct({ data: defaulted(mapOf(list(producerInfo)), new Map()) });
export const { parse: parseProducerTableInfo, print: printProducerTableInfo } = bodyOf(
  'ProducerTableInfo',
  producerTableInfo,
);
