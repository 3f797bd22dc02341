import { bool, defineCommand, int32, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * UPDATE_AND_CREATE_STATIC_TOPIC: creates a topic whose logical queues are mapped (5.x).
 *
 *   request  => topic defaultTopic readQueueNums writeQueueNums perm topicFilterType
 *     [topicSysFlag] [order] [attributes] [force] [bname] [ns] [nsd] [oway] [lo] body
 *     topic           => text
 *     defaultTopic    => text
 *     readQueueNums   => int32
 *     writeQueueNums  => int32
 *     perm            => int32, 4 read, 2 write, 1 inherit
 *     topicFilterType => text: "SINGLE_TAG" or "MULTI_TAG"
 *     topicSysFlag    => int32
 *     order           => "true" | "false", absent means "false", ignored by 4.9
 *     attributes      => text, 5.x, +key=value,-key
 *     force           => "true" | "false", 5.x
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *     body => TopicQueueMappingDetail
 *   response => nothing
 *
 * Source: CreateTopicRequestHeader.java.
 */
export const updateAndCreateStaticTopic = defineCommand({
  code: 513,
  name: 'UPDATE_AND_CREATE_STATIC_TOPIC',
  request: {
    topic: text(),
    defaultTopic: text(),
    readQueueNums: int32(),
    writeQueueNums: int32(),
    perm: int32(),
    topicFilterType: text(),
    topicSysFlag: int32({ optional: true }),
    order: bool({ absent: false }),
    attributes: text({ optional: true }),
    force: bool({ optional: true }),
    ...topicFields,
  },
});
