import { bool, defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * GET_ROUTEINFO_BY_TOPIC: which brokers serve a topic.
 *
 *   request  => topic [acceptStandardJsonOnly] [__ZONE_NAME] [__ZONE_MODE] [bname] [ns] [nsd]
 *     [oway] [lo]
 *     topic                  => text
 *     acceptStandardJsonOnly => "true" | "false", asks for the strict dialect
 *     __ZONE_NAME            => text, 5.x, zone of the asker
 *     __ZONE_MODE            => text, 5.x, "true" limits the answer to the zone
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => TopicRouteData, strict JSON for versions from V4_9_4 on
 *
 * Source: GetRouteInfoRequestHeader.java.
 */
export const getRouteInfoByTopic = defineCommand({
  code: 105,
  name: 'GET_ROUTEINFO_BY_TOPIC',
  request: {
    topic: text(),
    acceptStandardJsonOnly: bool({ optional: true }),
    __ZONE_NAME: text({ optional: true }),
    __ZONE_MODE: text({ optional: true }),
    ...topicFields,
  },
});
