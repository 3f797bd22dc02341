/** Names of topics and groups: what is legal, what the system uses. Source: TopicValidator.java, MixAll.java, NamespaceUtil.java. */

export const RETRY_TOPIC_PREFIX = '%RETRY%';
export const DEAD_LETTER_TOPIC_PREFIX = '%DLQ%';
export const SYSTEM_TOPIC_PREFIX = 'rmq_sys_';
export const SYSTEM_GROUP_PREFIX = 'CID_RMQ_SYS_';
export const REPLY_TOPIC_POSTFIX = 'REPLY_TOPIC';

export const SystemTopic = {
  autoCreateTemplate: 'TBW102',
  schedule: 'SCHEDULE_TOPIC_XXXX',
  benchmark: 'BenchmarkTest',
  transactionHalf: 'RMQ_SYS_TRANS_HALF_TOPIC',
  transactionOp: 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  transactionCheckMaxTime: 'TRANS_CHECK_MAX_TIME_TOPIC',
  trace: 'RMQ_SYS_TRACE_TOPIC',
  selfTest: 'SELF_TEST_TOPIC',
  offsetMovedEvent: 'OFFSET_MOVED_EVENT',
  wheelTimer: 'rmq_sys_wheel_timer',
} as const;

const SYSTEM_TOPICS: ReadonlySet<string> = new Set(Object.values(SystemTopic));

/**
 * Topics to which nobody may send. Apache's brokers take messages for the timers' topic; what one says there decides
 * to which topic it goes on, also one that is forbidden or not the sender's.
 */
const FORBIDDEN_TO_SEND: ReadonlySet<string> = new Set([
  SystemTopic.schedule,
  SystemTopic.transactionHalf,
  SystemTopic.transactionOp,
  SystemTopic.transactionCheckMaxTime,
  SystemTopic.selfTest,
  SystemTopic.offsetMovedEvent,
  SystemTopic.wheelTimer,
]);

export const MAX_TOPIC_LENGTH = 127;
export const MAX_GROUP_LENGTH = 255;
export const LEGAL_NAME_TEXT = '^[%|a-zA-Z0-9_-]+$';

const LEGAL_NAME = /^[%|a-zA-Z0-9_-]+$/;

/** @returns what is wrong with a topic's name, in Apache's words; undefined when nothing is */
export function topicNameProblem(topic: string): string | undefined {
  if (topic.trim() === '') return 'The specified topic is blank.';
  if (!LEGAL_NAME.test(topic)) {
    return `The specified topic contains illegal characters, allowing only ${LEGAL_NAME_TEXT}`;
  }
  if (topic.length > MAX_TOPIC_LENGTH) {
    return 'The specified topic is longer than topic max length.';
  }
  return undefined;
}

/** @returns what is wrong with a group's name; undefined when nothing is */
export function groupNameProblem(group: string): string | undefined {
  if (group.trim() === '') return 'the specified group is blank';
  if (group.length > MAX_GROUP_LENGTH) {
    return `the specified group is longer than group max length ${MAX_GROUP_LENGTH}.`;
  }
  if (!LEGAL_NAME.test(group)) {
    return `the specified group[${group}] contains illegal characters, allowing only ${LEGAL_NAME_TEXT}`;
  }
  return undefined;
}

export function isSystemTopic(topic: string): boolean {
  return SYSTEM_TOPICS.has(topic) || topic.startsWith(SYSTEM_TOPIC_PREFIX);
}

export function isForbiddenToSend(topic: string): boolean {
  return FORBIDDEN_TO_SEND.has(topic);
}

export function retryTopicOf(group: string): string {
  return RETRY_TOPIC_PREFIX + group;
}

export function deadLetterTopicOf(group: string): string {
  return DEAD_LETTER_TOPIC_PREFIX + group;
}

/** Topic permission bits. Source: PermName.java. */
export const Permission = { read: 4, write: 2, inherit: 1 } as const;
