import { defineCommand } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * UPDATE_AND_CREATE_TOPIC_LIST: creates several topics on a broker, or changes them (5.x).
 *
 *   request  => [bname] [ns] [nsd] [oway] body
 *     bname, ns, nsd, oway as in base-fields.ts
 *     body => CreateTopicListRequestBody
 *   response => nothing
 *
 * Source: CreateTopicListRequestHeader.java.
 */
export const updateAndCreateTopicList = defineCommand({
  code: 18,
  name: 'UPDATE_AND_CREATE_TOPIC_LIST',
  request: {
    ...rpcFields,
  },
});
