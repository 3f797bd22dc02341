/** Texts that clients and tools show or match; Apache's words. */
import type { TopicConfig } from '@orbitmq/protocol';

/** Appended to remarks that send a person to the manual. */
export const FAQ = '\nSee http://rocketmq.apache.org/docs/faq/ for further details.';

/** A topic's configuration as Java prints it. */
export function describeTopicConfig(config: TopicConfig): string {
  return (
    `TopicConfig [topicName=${config.topicName}, readQueueNums=${config.readQueueNums}, ` +
    `writeQueueNums=${config.writeQueueNums}, perm=${permText(config.perm)}, ` +
    `topicFilterType=${config.topicFilterType}, topicSysFlag=${config.topicSysFlag}, order=${config.order}]`
  );
}

export function permText(perm: number): string {
  return `${(perm & 4) === 0 ? '-' : 'R'}${(perm & 2) === 0 ? '-' : 'W'}${(perm & 1) === 0 ? '-' : 'X'}`;
}

export function queueIdIllegalOnSend(queueId: number, config: TopicConfig, peer: string): string {
  return `request queueId[${queueId}] is illegal, ${describeTopicConfig(config)} Producer: ${peer}`;
}

export function queueIdIllegalOnPull(queueId: number, config: TopicConfig, peer: string): string {
  return (
    `queueId[${queueId}] is illegal, topic:[${config.topicName}] ` +
    `topicConfig.readQueueNums:[${config.readQueueNums}] consumer:[${peer}]`
  );
}
