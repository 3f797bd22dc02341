import { defineCommand, int32, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * POLLING_INFO: how many pops are held back (5.x).
 *
 *   request  => consumerGroup topic queueId [bname] [ns] [nsd] [oway] [lo]
 *     consumerGroup => text
 *     topic         => text
 *     queueId       => int32
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => pollingNum
 *     pollingNum => int32
 *
 * Source: PollingInfoRequestHeader.java, PollingInfoResponseHeader.java.
 */
export const pollingInfo = defineCommand({
  code: 200055,
  name: 'POLLING_INFO',
  request: {
    consumerGroup: text(),
    topic: text(),
    queueId: int32(),
    ...topicFields,
  },
  response: {
    pollingNum: int32(),
  },
});
