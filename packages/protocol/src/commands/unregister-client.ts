import { defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * UNREGISTER_CLIENT: a client leaves a producer group or a consumer group.
 *
 *   request  => clientID [producerGroup] [consumerGroup] [bname] [ns] [nsd] [oway]
 *     clientID      => text
 *     producerGroup => text
 *     consumerGroup => text
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => nothing
 *
 * Source: UnregisterClientRequestHeader.java.
 */
export const unregisterClient = defineCommand({
  code: 35,
  name: 'UNREGISTER_CLIENT',
  request: {
    clientID: text(),
    producerGroup: text({ optional: true }),
    consumerGroup: text({ optional: true }),
    ...rpcFields,
  },
});
