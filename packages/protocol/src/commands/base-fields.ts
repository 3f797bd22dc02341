import { bool, text } from '../define-command.ts';

/**
 * Fields that most request headers of clients from 4.9 on inherit; plain brokers ignore them.
 *
 *   bname => text, name of the addressed broker      ns   => text, namespace (5.x)
 *   nsd   => names already carry the namespace (5.x) oway => no answer is wanted (5.x)
 *
 * Source: RpcRequestHeader.java.
 */
export const rpcFields = {
  bname: text({ optional: true }),
  ns: text({ optional: true }),
  nsd: bool({ optional: true }),
  oway: bool({ optional: true }),
};

/**
 * The same for headers about one topic.
 *
 *   lo => queue ids are logical, of a static topic (5.x); absent means "true"
 *
 * Source: TopicRequestHeader.java.
 */
export const topicFields = { ...rpcFields, lo: bool({ optional: true }) };
