/** Which topics and groups a request touches, and how. Source: PlainAccessValidator.java, Permission.java. */
import {
  type FrameView,
  parseHeartbeatData,
  RETRY_TOPIC_PREFIX,
  RequestCode,
} from '@orbitmq/protocol';
import { AclPermission } from './permission.ts';

export interface NeededAccess {
  readonly kind: 'topic' | 'group';
  readonly name: string;
  readonly permission: number;
}

/**
 * Requests that administrators alone may send. Apache names the first five; the others change the same
 * things by other codes, or accounts themselves: with a signature alone every account could raise itself.
 */
const ADMIN_CODES: ReadonlySet<number> = new Set([
  RequestCode.UPDATE_AND_CREATE_TOPIC,
  RequestCode.UPDATE_BROKER_CONFIG,
  RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  RequestCode.DELETE_SUBSCRIPTIONGROUP,
  RequestCode.DELETE_TOPIC_IN_BROKER,
  RequestCode.UPDATE_AND_CREATE_TOPIC_LIST,
  RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
  RequestCode.UPDATE_AND_CREATE_ACL_CONFIG,
  RequestCode.DELETE_ACL_CONFIG,
  RequestCode.UPDATE_GLOBAL_WHITE_ADDRS_CONFIG,
]);

export function needsAdmin(code: number): boolean {
  return ADMIN_CODES.has(code);
}

const NOTHING: readonly NeededAccess[] = [];

/**
 * What has to be permitted besides a right signature; nothing for codes that are not listed.
 *
 * @param field value of a header field by its name
 * @throws {RocketMqError} BODY_MALFORMED for a heartbeat that cannot be read
 */
export function neededAccess(
  frame: FrameView,
  field: (name: string) => string | undefined,
): readonly NeededAccess[] {
  switch (frame.code) {
    case RequestCode.SEND_MESSAGE:
    case RequestCode.SEND_MESSAGE_V2:
    case RequestCode.SEND_BATCH_MESSAGE:
      // The names of either header are read under each of these codes: a topic under both of them has to be permitted.
      return [...send(field('topic')), ...send(field('b'))];
    case RequestCode.RECALL_MESSAGE:
      return send(field('topic'));
    case RequestCode.CONSUMER_SEND_MSG_BACK:
      return [...group(field('group'))];
    case RequestCode.PULL_MESSAGE:
    case RequestCode.LITE_PULL_MESSAGE:
      return [...topic(field('topic'), AclPermission.sub), ...group(field('consumerGroup'))];
    case RequestCode.QUERY_MESSAGE:
      return topic(field('topic'), AclPermission.sub);
    case RequestCode.HEART_BEAT:
      return heartBeat(frame);
    case RequestCode.UNREGISTER_CLIENT:
    case RequestCode.GET_CONSUMER_LIST_BY_GROUP:
      return group(field('consumerGroup'));
    case RequestCode.UPDATE_CONSUMER_OFFSET:
      return [...group(field('consumerGroup')), ...topic(field('topic'), AclPermission.sub)];
    default:
      return NOTHING;
  }
}

/**
 * A consumer whose send-back failed sends to the retry topic of its group. Apache looks at the group that the header names
 * instead, which is the sender's own word, and with SEND_MESSAGE at nothing.
 */
function send(name: string | undefined): readonly NeededAccess[] {
  if (name?.startsWith(RETRY_TOPIC_PREFIX) === true) {
    return group(name.slice(RETRY_TOPIC_PREFIX.length));
  }
  return topic(name, AclPermission.pub);
}

/** A retry topic belongs to its group. */
function topic(name: string | undefined, permission: number): readonly NeededAccess[] {
  if (name === undefined) return NOTHING;
  if (name.startsWith(RETRY_TOPIC_PREFIX)) {
    return [{ kind: 'group', name: name.slice(RETRY_TOPIC_PREFIX.length), permission }];
  }
  return [{ kind: 'topic', name, permission }];
}

function group(name: string | undefined): readonly NeededAccess[] {
  if (name === undefined) return NOTHING;
  return [{ kind: 'group', name, permission: AclPermission.sub }];
}

function heartBeat(frame: FrameView): readonly NeededAccess[] {
  const { consumerDataSet } = parseHeartbeatData(frame.body());
  return consumerDataSet.flatMap(({ groupName, subscriptionDataSet }) => [
    ...group(groupName),
    ...subscriptionDataSet.flatMap((data) => topic(data.topic, AclPermission.sub)),
  ]);
}
