import { defineCommand, int64, text } from '../define-command.ts';

/**
 * NOTIFY_MIN_BROKER_ID_CHANGE: a name server tells brokers which of them is first now (5.x).
 *
 *   request  => [minBrokerId] [brokerName] [minBrokerAddr] [offlineBrokerAddr] [haBrokerAddr]
 *     minBrokerId       => int64
 *     brokerName        => text
 *     minBrokerAddr     => text
 *     offlineBrokerAddr => text
 *     haBrokerAddr      => text
 *   response => none: it travels one-way
 *
 * Source: NotifyMinBrokerIdChangeRequestHeader.java.
 */
export const notifyMinBrokerIdChange = defineCommand({
  code: 905,
  name: 'NOTIFY_MIN_BROKER_ID_CHANGE',
  request: {
    minBrokerId: int64({ optional: true }),
    brokerName: text({ optional: true }),
    minBrokerAddr: text({ optional: true }),
    offlineBrokerAddr: text({ optional: true }),
    haBrokerAddr: text({ optional: true }),
  },
});
