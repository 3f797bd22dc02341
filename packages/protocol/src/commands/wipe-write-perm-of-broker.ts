import { defineCommand, int32, text } from '../define-command.ts';

/**
 * WIPE_WRITE_PERM_OF_BROKER: takes the write permission from all topics of a broker.
 *
 *   request  => brokerName
 *     brokerName => text
 *   response => wipeTopicCount
 *     wipeTopicCount => int32, topics that were changed
 *
 * Source: WipeWritePermOfBrokerRequestHeader.java, WipeWritePermOfBrokerResponseHeader.java.
 */
export const wipeWritePermOfBroker = defineCommand({
  code: 205,
  name: 'WIPE_WRITE_PERM_OF_BROKER',
  request: {
    brokerName: text(),
  },
  response: {
    wipeTopicCount: int32(),
  },
});
