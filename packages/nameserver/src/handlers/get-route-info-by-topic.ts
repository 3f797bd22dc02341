import { type getRouteInfoByTopic, printTopicRouteData, ResponseCode } from '@orbitmq/protocol';
import { type Handler, ResponseError, reply } from '@orbitmq/remoting';
import { ORDER_TOPIC_CONFIG } from '../kv-config.ts';
import type { NameServerState } from '../name-server-state.ts';
import { topicRouteOf } from '../routes/topic-route.ts';

/** V4_9_4: from it on clients read standard JSON only, older ones want integer keys bare. */
const FIRST_STANDARD_JSON_VERSION = 401;
const FAQ = '\nSee http://rocketmq.apache.org/docs/faq/ for further details.';

/** Source: ClientRequestProcessor.java, ZoneRouteRPCHook.java. */
export function handleGetRouteInfoByTopic(
  state: NameServerState,
): Handler<typeof getRouteInfoByTopic> {
  const { routes, config, kv, clock, startedMs } = state;
  return (request, { command }) => {
    const { settings } = config;
    const upMs = clock.monotonicMs() - startedMs;
    if (settings.needWaitForService && upMs < settings.waitSecondsForService * 1000) {
      throw new ResponseError(ResponseCode.SYSTEM_ERROR, 'name server not ready');
    }
    const { topic, __ZONE_NAME: zoneName, __ZONE_MODE: zoneMode } = request;
    const isZoned = zoneMode?.toLowerCase() === 'true' && zoneName?.trim() !== '';
    const route = topicRouteOf(routes, topic, {
      supportsActingMaster: settings.supportActingMaster,
      zoneName: isZoned ? zoneName : undefined,
    });
    if (route === undefined) {
      throw new ResponseError(
        ResponseCode.TOPIC_NOT_EXIST,
        `No topic route info in name server for the topic: ${topic}${FAQ}`,
      );
    }
    const orderTopicConf = settings.orderMessageEnable
      ? kv.get(ORDER_TOPIC_CONFIG, topic)
      : undefined;
    const strict =
      request.acceptStandardJsonOnly === true || command.version >= FIRST_STANDARD_JSON_VERSION;
    return reply({ body: printTopicRouteData({ ...route, orderTopicConf }, { strict }) });
  };
}
