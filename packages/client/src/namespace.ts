/**
 * Namespaces of the first kind: a prefix of every topic and group, `namespace%name`, behind `%RETRY%` and
 * `%DLQ%`. Applications use names without it.
 *
 * Source: NamespaceUtil.java, ClientConfig.java (withNamespace, withoutNamespace).
 */
import {
  DEAD_LETTER_TOPIC_PREFIX,
  isSystemTopic,
  RETRY_TOPIC_PREFIX,
  SYSTEM_GROUP_PREFIX,
} from '@orbitmq/protocol';
import type { MessageQueue, ReceivedMessage } from './message.ts';
import { nameServerTexts } from './name-servers.ts';

const SEPARATOR = '%';
/** Groups of the system, which 5.x leaves alone. Source: MixAll.java (PREDEFINE_GROUP_SET). */
const SYSTEM_GROUPS: ReadonlySet<string> = new Set([
  'DEFAULT_CONSUMER',
  'DEFAULT_PRODUCER',
  'TOOLS_CONSUMER',
  'SCHEDULE_CONSUMER',
  'FILTERSRV_CONSUMER',
  '__MONITOR_CONSUMER',
  'CLIENT_INNER_PRODUCER',
  'SELF_TEST_P_GROUP',
  'SELF_TEST_C_GROUP',
  'CID_ONS-HTTP-PROXY',
  'CID_ONSAPI_PERMISSION',
  'CID_ONSAPI_OWNER',
  'CID_ONSAPI_PULL',
]);
/** An endpoint of the cloud, which names its instance. */
const INSTANCE_ENDPOINT = /^(?:\w+:\/\/|)(MQ_INST_\w+_\w+)\..*/;

/** A topic or group as brokers know it. */
export function withNamespace(name: string, namespace: string | undefined): string {
  if (namespace === undefined || namespace === '' || name === '') return name;
  const prefix = prefixOf(name);
  const bare = name.slice(prefix.length);
  const isSystems =
    isSystemTopic(bare) || bare.startsWith(SYSTEM_GROUP_PREFIX) || SYSTEM_GROUPS.has(bare);
  if (isSystems || bare.startsWith(namespace + SEPARATOR)) return name;
  return `${prefix}${namespace}${SEPARATOR}${bare}`;
}

/** A topic or group as the application knows it; names of other namespaces stay as they are. */
export function withoutNamespace(name: string, namespace: string | undefined): string {
  if (namespace === undefined || namespace === '') return name;
  const prefix = prefixOf(name);
  const inside = namespace + SEPARATOR;
  const bare = name.slice(prefix.length);
  return bare.startsWith(inside) ? prefix + bare.slice(inside.length) : name;
}

/** A queue as brokers know it. */
export function queueWith(queue: MessageQueue, namespace: string | undefined): MessageQueue {
  if (namespace === undefined) return queue;
  return { ...queue, topic: withNamespace(queue.topic, namespace) };
}

/** A queue as the application knows it. */
export function queueWithout(queue: MessageQueue, namespace: string | undefined): MessageQueue {
  if (namespace === undefined) return queue;
  return { ...queue, topic: withoutNamespace(queue.topic, namespace) };
}

/** A message as the application gets it. */
export function messageWithout(
  message: ReceivedMessage,
  namespace: string | undefined,
): ReceivedMessage {
  if (namespace === undefined) return message;
  const topic = withoutNamespace(message.topic, namespace);
  return { ...message, topic, queue: queueWithout(message.queue, namespace) };
}

/** The namespace of a client: the given one, else the instance that the first name server's address names. */
export function namespaceOf({
  namespace,
  nameServers,
}: {
  readonly namespace?: string | undefined;
  readonly nameServers: string | readonly string[];
}): string | undefined {
  if (namespace !== undefined) return namespace === '' ? undefined : namespace;
  const [first = ''] = nameServerTexts(nameServers);
  return INSTANCE_ENDPOINT.exec(first)?.[1];
}

function prefixOf(name: string): string {
  if (name.startsWith(RETRY_TOPIC_PREFIX)) return RETRY_TOPIC_PREFIX;
  return name.startsWith(DEAD_LETTER_TOPIC_PREFIX) ? DEAD_LETTER_TOPIC_PREFIX : '';
}
