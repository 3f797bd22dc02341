import { toError } from '@orbitmq/kernel';
import {
  type FrameView,
  Permission,
  PullSysFlag,
  ResponseCode,
  type SubscriptionData,
} from '@orbitmq/protocol';
import type { MessageFilter } from '@orbitmq/store';
import type { BrokerContext } from '../broker-context.ts';
import { isTagExpression, toSubscription } from '../clients/subscription.ts';
import { FORBIDDEN_READ } from '../groups/forbidden.ts';
import { FAQ, queueIdIllegalOnPull } from '../remarks.ts';
import type { Topic } from '../topics/topic.ts';
import type { PullRequest } from './pull-request.ts';

/** What a refused pull is answered. */
export interface Refusal {
  readonly code: number;
  readonly remark: string;
}

/** Who may pull what, and which of a queue's messages are for him. Source: PullMessageProcessor.java. */
export class PullRules {
  readonly #context: BrokerContext;

  constructor(context: BrokerContext) {
    this.#context = context;
  }

  /** Whether the group may read the topic at all. */
  // oxlint-disable-next-line max-params -- the pieces of one request
  refusal(
    request: PullRequest,
    group: string,
    topic: Topic | undefined,
    frame: FrameView,
    remoteAddress: string,
  ): Refusal | undefined {
    const { config, groups } = this.#context;
    if ((config.brokerPermission & Permission.read) === 0) {
      return noPermission(`the broker[${config.brokerIP1}] pulling message is forbidden`);
    }
    const groupConfig = groups.find(group);
    if (groupConfig === undefined) {
      return {
        code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        remark: `subscription group [${group}] does not exist, ${FAQ}`,
      };
    }
    if (!groupConfig.consumeEnable) {
      return noPermission(`subscription group no permission, ${group}`);
    }
    if (topic === undefined) {
      return {
        code: ResponseCode.TOPIC_NOT_EXIST,
        remark: `topic[${frame.value(request.topicField)}] not exist, apply first please! ${FAQ}`,
      };
    }
    if (!topic.isReadable) {
      return noPermission(`the topic[${topic.name}] pulling message is forbidden`);
    }
    if (request.queueId < 0 || request.queueId >= topic.config.readQueueNums) {
      return {
        code: ResponseCode.SYSTEM_ERROR,
        remark: queueIdIllegalOnPull(request.queueId, topic.config, remoteAddress),
      };
    }
    return undefined;
  }

  /** The filter of what the group subscribes to; undefined when it wants every message. */
  // oxlint-disable-next-line max-params -- the pieces of one request
  filterOf(
    request: PullRequest,
    group: string,
    topic: Topic,
    frame: FrameView,
  ): MessageFilter | Refusal | undefined {
    if ((request.sysFlag & PullSysFlag.subscription) !== 0) {
      return this.#filterOfRequest(request, topic.name, frame);
    }
    const consumers = this.#context.consumers.get(group);
    if (consumers === undefined) {
      return missingSubscription(`the consumer's group info not exist${FAQ}`);
    }
    if (
      consumers.isBroadcasting &&
      this.#context.groups.find(group)?.consumeBroadcastEnable === false
    ) {
      return noPermission(`the consumer group[${group}] can not consume by broadcast way`);
    }
    if ((this.#context.metadata.forbiddenMask(group, topic.name) & FORBIDDEN_READ) !== 0) {
      return noPermission(`the consumer group[${group}] is forbidden for topic[${topic.name}]`);
    }
    const subscription = consumers.subscription(topic.name);
    if (subscription === undefined) {
      return missingSubscription(`the consumer's subscription not exist${FAQ}`);
    }
    if (subscription.data.subVersion < request.subVersion) {
      return {
        code: ResponseCode.SUBSCRIPTION_NOT_LATEST,
        remark: `the consumer's subscription not latest`,
      };
    }
    if (subscription.isBroken === true) {
      return {
        code: ResponseCode.FILTER_DATA_NOT_EXIST,
        remark: `The broker's consumer filter data is not exist!Your expression may be wrong!`,
      };
    }
    return this.#checked(subscription.data.expressionType, subscription.filter);
  }

  #filterOfRequest(
    request: PullRequest,
    topic: string,
    frame: FrameView,
  ): MessageFilter | Refusal | undefined {
    const typeField = request.expressionTypeField;
    const expressionField = request.subscriptionField;
    const data: SubscriptionData = {
      topic,
      subString: expressionField < 0 ? '*' : (frame.value(expressionField) ?? '*'),
      expressionType: typeField < 0 ? 'TAG' : (frame.value(typeField) ?? 'TAG'),
      subVersion: request.subVersion,
      classFilterMode: false,
      tagsSet: [],
      codeSet: [],
    };
    try {
      return this.#checked(data.expressionType, toSubscription(data).filter);
    } catch (error) {
      this.#context.log.warn(
        { topic, err: toError(error) },
        'pull with an expression that does not parse',
      );
      return {
        code: ResponseCode.SUBSCRIPTION_PARSE_FAILED,
        remark: `parse the consumer's subscription failed`,
      };
    }
  }

  #checked(
    expressionType: string | undefined,
    filter: MessageFilter | undefined,
  ): MessageFilter | Refusal | undefined {
    if (isTagExpression(expressionType) || this.#context.config.enablePropertyFilter) return filter;
    return {
      code: ResponseCode.SYSTEM_ERROR,
      remark: `The broker does not support consumer to filter message by ${expressionType}`,
    };
  }
}

function noPermission(remark: string): Refusal {
  return { code: ResponseCode.NO_PERMISSION, remark };
}

function missingSubscription(remark: string): Refusal {
  return { code: ResponseCode.SUBSCRIPTION_NOT_EXIST, remark };
}
