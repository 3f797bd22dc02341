import { defineCommand, int64, text } from '../define-command.ts';

/**
 * EXCHANGE_BROKER_HA_INFO: master and slave tell each other where the replication stream is
 * (5.x).
 *
 *   request  => [masterHaAddress] [masterFlushOffset] [masterAddress]
 *     masterHaAddress   => text
 *     masterFlushOffset => int64, physical
 *     masterAddress     => text
 *   response => [masterHaAddress] [masterFlushOffset] [masterAddress]
 *     masterHaAddress   => text
 *     masterFlushOffset => int64, physical
 *     masterAddress     => text
 *
 * Source: ExchangeHAInfoRequestHeader.java, ExchangeHAInfoResponseHeader.java.
 */
export const exchangeBrokerHaInfo = defineCommand({
  code: 906,
  name: 'EXCHANGE_BROKER_HA_INFO',
  request: {
    masterHaAddress: text({ optional: true }),
    masterFlushOffset: int64({ optional: true }),
    masterAddress: text({ optional: true }),
  },
  response: {
    masterHaAddress: text({ optional: true }),
    masterFlushOffset: int64({ optional: true }),
    masterAddress: text({ optional: true }),
  },
});
