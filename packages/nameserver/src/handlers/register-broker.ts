import { crc32, errorCode } from '@orbitmq/kernel';
import {
  parseRegisterBrokerBody,
  printKVTable,
  type RegisterBrokerBody,
  type RequestOf,
  ResponseCode,
  type registerBroker,
} from '@orbitmq/protocol';
import { type Handler, type RequestContext, ResponseError, reply } from '@orbitmq/remoting';
import { ORDER_TOPIC_CONFIG } from '../kv-config.ts';
import type { NameServerState } from '../name-server-state.ts';

/** How long a broker that names no time of its own may be silent. */
const DEFAULT_TIMEOUT_MS = 120_000;
/** Longest time a broker may ask for: its routes lead nowhere once it is dead. */
const MAX_TIMEOUT_MS = 3_600_000;
/** A header field of every request from peers with a zone (5.x). */
const ZONE_NAME = '__ZONE_NAME';

/**
 * A deposed master (its id belongs to a live broker with a later epoch) gets SUCCESS without a header,
 * as from 5.x: it learns from its controller what happened.
 *
 * Source: DefaultRequestProcessor.java (registerBroker).
 */
export function handleRegisterBroker(state: NameServerState): Handler<typeof registerBroker> {
  const { routes, clock, config, kv, log } = state;
  return (request, context) => {
    const { clusterName, brokerName, brokerId, brokerAddr, haServerAddr } = request;
    const isNew = routes.live.get(request.brokerAddr) === undefined;
    const timeoutMs = request.heartbeatTimeoutMillis ?? DEFAULT_TIMEOUT_MS;
    const registered = routes.register({
      clusterName,
      brokerName,
      brokerId,
      brokerAddr,
      haServerAddr,
      body: bodyOf(request, context),
      enableActingMaster: request.enableActingMaster,
      zoneName: context.command.extFields?.[ZONE_NAME],
      timeoutMs: Math.min(timeoutMs, MAX_TIMEOUT_MS),
      connectionId: context.connection.id,
      nowMs: clock.monotonicMs(),
      dropsMissingTopics: config.settings.deleteTopicWithBrokerRegistration,
    });
    if (!registered.isAccepted) {
      log.warn({ brokerName, brokerId, brokerAddr }, 'deposed broker not registered');
      return reply({});
    }
    if (isNew) log.info({ clusterName, brokerName, brokerId, brokerAddr }, 'broker registered');
    if (registered.change !== undefined) state.announce(registered.change);
    const order = config.settings.returnOrderTopicConfigToBroker
      ? kv.namespace(ORDER_TOPIC_CONFIG)
      : undefined;
    return reply({
      fields: registered.master ?? {},
      body: order && printKVTable({ table: order }),
    });
  };
}

function bodyOf(
  { bodyCrc32, compressed }: RequestOf<typeof registerBroker>,
  { command }: RequestContext,
): RegisterBrokerBody {
  const { body, version } = command;
  if (bodyCrc32 !== 0 && body !== undefined && crc32(body) !== bodyCrc32) {
    throw new ResponseError(ResponseCode.SYSTEM_ERROR, 'crc32 not match');
  }
  if (body === undefined) return NO_TOPICS;
  try {
    return parseRegisterBrokerBody(body, { isCompressed: compressed, version });
  } catch (error) {
    if (errorCode(error) !== 'BODY_MALFORMED') throw error;
    throw new ResponseError(ResponseCode.SYSTEM_ERROR, (error as Error).message, error);
  }
}

/** What a registration without a body says: the broker lives. */
const NO_TOPICS: RegisterBrokerBody = {
  filterServerList: [],
  topicConfigSerializeWrapper: {
    dataVersion: { counter: 0, timestamp: 0 },
    topicConfigTable: new Map(),
  },
};
