import { defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * NOTIFY_CONSUMER_IDS_CHANGED: a broker tells consumers that their group has changed.
 *
 *   request  => consumerGroup [bname] [ns] [nsd] [oway]
 *     consumerGroup => text
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => none: it travels one-way
 *
 * Source: NotifyConsumerIdsChangedRequestHeader.java.
 */
export const notifyConsumerIdsChanged = defineCommand({
  code: 40,
  name: 'NOTIFY_CONSUMER_IDS_CHANGED',
  request: {
    consumerGroup: text(),
    ...rpcFields,
  },
});
