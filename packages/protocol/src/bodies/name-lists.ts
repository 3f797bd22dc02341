/** Bodies that are lists of names, and the table of texts. */
import { bodyOf } from './body.ts';
import { defaulted, list, mapOf, optional, struct, type TypeOf, text } from './shape.ts';

/** Source: TopicList.java. */
export type TopicList = TypeOf<typeof topicList>;
const topicList = struct({
  /** Of some broker, where the answer says so. */
  brokerAddr: optional(text),
  topicList: defaulted(list(text), []),
});
export const { parse: parseTopicList, print: printTopicList } = bodyOf('TopicList', topicList);

/** Source: GroupList.java. */
export type GroupList = TypeOf<typeof groupList>;
const groupList = struct({ groupList: defaulted(list(text), []) });
export const { parse: parseGroupList, print: printGroupList } = bodyOf('GroupList', groupList);

/** Client ids of a group. Source: GetConsumerListByGroupResponseBody.java. */
export type ConsumerIdList = TypeOf<typeof consumerIdList>;
const consumerIdList = struct({ consumerIdList: defaulted(list(text), []) });
export const { parse: parseConsumerIdList, print: printConsumerIdList } = bodyOf(
  'ConsumerIdList',
  consumerIdList,
);

/** Source: KVTable.java. */
export type KVTable = TypeOf<typeof kvTable>;
const kvTable = struct({ table: defaulted(mapOf(text), new Map()) });
export const { parse: parseKVTable, print: printKVTable } = bodyOf('KVTable', kvTable);
