/**
 * One topic, group or version as JSON: fields in alphabetical order, as fastjson writes beans.
 * 5.x fields are always written; 4.x readers skip what they do not know.
 */
import type { JsonObject, JsonValue } from '@orbitmq/protocol';
import { asBoolean, asInteger, asList, asObject, asText, asTexts } from './json-fields.ts';
import {
  type DataVersion,
  type GroupRetryPolicy,
  groupConfig,
  INITIAL_VERSION,
  type SimpleSubscription,
  type SubscriptionGroupConfig,
  type TopicConfig,
  topicConfig,
} from './model.ts';

/** @returns undefined when the value has no name */
export function topicConfigOf(value: JsonValue | undefined): TopicConfig | undefined {
  const fields = asObject(value);
  const topicName = asText(fields['topicName'], '');
  if (topicName === '') return undefined;
  const absent = topicConfig(topicName);
  return {
    topicName,
    readQueueNums: asInteger(fields['readQueueNums'], absent.readQueueNums),
    writeQueueNums: asInteger(fields['writeQueueNums'], absent.writeQueueNums),
    perm: asInteger(fields['perm'], absent.perm),
    topicFilterType: asText(fields['topicFilterType'], absent.topicFilterType),
    topicSysFlag: asInteger(fields['topicSysFlag'], absent.topicSysFlag),
    order: asBoolean(fields['order'], absent.order),
    attributes: asTexts(fields['attributes']),
  };
}

export function topicConfigJson(config: TopicConfig): JsonObject {
  return {
    attributes: config.attributes,
    order: config.order,
    perm: config.perm,
    readQueueNums: config.readQueueNums,
    topicFilterType: config.topicFilterType,
    topicName: config.topicName,
    topicSysFlag: config.topicSysFlag,
    writeQueueNums: config.writeQueueNums,
  };
}

/** @returns undefined when the value has no name */
export function groupConfigOf(value: JsonValue | undefined): SubscriptionGroupConfig | undefined {
  const fields = asObject(value);
  const groupName = asText(fields['groupName'], '');
  if (groupName === '') return undefined;
  const absent = groupConfig(groupName);
  const subscriptions = asList(fields['subscriptionDataSet']).flatMap(simpleSubscriptionOf);
  const flag = (name: keyof SubscriptionGroupConfig): boolean =>
    asBoolean(fields[name], absent[name] as boolean);
  const integer = (name: keyof SubscriptionGroupConfig): number =>
    asInteger(fields[name], absent[name] as number);
  return {
    groupName,
    consumeEnable: flag('consumeEnable'),
    consumeFromMinEnable: flag('consumeFromMinEnable'),
    consumeBroadcastEnable: flag('consumeBroadcastEnable'),
    consumeMessageOrderly: flag('consumeMessageOrderly'),
    consumeTimeoutMinute: integer('consumeTimeoutMinute'),
    retryQueueNums: integer('retryQueueNums'),
    retryMaxTimes: integer('retryMaxTimes'),
    groupRetryPolicy: retryPolicyOf(fields['groupRetryPolicy']),
    brokerId: integer('brokerId'),
    whichBrokerWhenConsumeSlowly: integer('whichBrokerWhenConsumeSlowly'),
    notifyConsumerIdsChangedEnable: flag('notifyConsumerIdsChangedEnable'),
    groupSysFlag: integer('groupSysFlag'),
    ...(subscriptions.length > 0 && { subscriptionDataSet: subscriptions }),
    attributes: asTexts(fields['attributes']),
  };
}

export function groupConfigJson(config: SubscriptionGroupConfig): JsonObject {
  return {
    attributes: config.attributes,
    brokerId: config.brokerId,
    consumeBroadcastEnable: config.consumeBroadcastEnable,
    consumeEnable: config.consumeEnable,
    consumeFromMinEnable: config.consumeFromMinEnable,
    consumeMessageOrderly: config.consumeMessageOrderly,
    consumeTimeoutMinute: config.consumeTimeoutMinute,
    groupName: config.groupName,
    groupRetryPolicy: retryPolicyJson(config.groupRetryPolicy),
    groupSysFlag: config.groupSysFlag,
    notifyConsumerIdsChangedEnable: config.notifyConsumerIdsChangedEnable,
    retryMaxTimes: config.retryMaxTimes,
    retryQueueNums: config.retryQueueNums,
    subscriptionDataSet: config.subscriptionDataSet?.map(simpleSubscriptionJson),
    whichBrokerWhenConsumeSlowly: config.whichBrokerWhenConsumeSlowly,
  };
}

export function dataVersionOf(value: JsonValue | undefined): DataVersion {
  const fields = asObject(value);
  return {
    counter: asInteger(fields['counter'], INITIAL_VERSION.counter),
    timestamp: asInteger(fields['timestamp'], INITIAL_VERSION.timestamp),
    stateVersion: asInteger(fields['stateVersion'], INITIAL_VERSION.stateVersion),
  };
}

export function dataVersionJson(version: DataVersion): JsonObject {
  return {
    counter: version.counter,
    stateVersion: version.stateVersion,
    timestamp: version.timestamp,
  };
}

function retryPolicyOf(value: JsonValue | undefined): GroupRetryPolicy {
  const fields = asObject(value);
  const customized = asList(asObject(fields['customizedRetryPolicy'])['next']);
  const exponential = asObject(fields['exponentialRetryPolicy']);
  return {
    type: asText(fields['type'], 'CUSTOMIZED'),
    ...(customized.length > 0 && {
      customizedRetryPolicy: { next: customized.map((wait) => asInteger(wait, 0)) },
    }),
    ...(fields['exponentialRetryPolicy'] !== undefined && {
      exponentialRetryPolicy: {
        initial: asInteger(exponential['initial'], 5000),
        max: asInteger(exponential['max'], 7_200_000),
        multiplier: asInteger(exponential['multiplier'], 2),
      },
    }),
  };
}

function retryPolicyJson(policy: GroupRetryPolicy): JsonObject {
  return {
    customizedRetryPolicy: policy.customizedRetryPolicy,
    exponentialRetryPolicy: policy.exponentialRetryPolicy,
    type: policy.type,
  };
}

function simpleSubscriptionOf(value: JsonValue): SimpleSubscription[] {
  const fields = asObject(value);
  const topic = asText(fields['topic'], '');
  if (topic === '') return [];
  return [
    {
      topic,
      expressionType: asText(fields['expressionType'], 'TAG'),
      expression: asText(fields['expression'], '*'),
      version: asInteger(fields['version'], 0),
    },
  ];
}

function simpleSubscriptionJson(subscription: SimpleSubscription): JsonObject {
  return {
    expression: subscription.expression,
    expressionType: subscription.expressionType,
    topic: subscription.topic,
    version: subscription.version,
  };
}
