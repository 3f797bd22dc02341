import { defineCommand, int32, text } from '../define-command.ts';

/**
 * ADD_WRITE_PERM_OF_BROKER: gives read and write permission to all topics of a broker.
 *
 *   request  => brokerName
 *     brokerName => text
 *   response => addTopicCount
 *     addTopicCount => int32, topics that were changed
 *
 * Source: AddWritePermOfBrokerRequestHeader.java, AddWritePermOfBrokerResponseHeader.java.
 */
export const addWritePermOfBroker = defineCommand({
  code: 327,
  name: 'ADD_WRITE_PERM_OF_BROKER',
  request: {
    brokerName: text(),
  },
  response: {
    addTopicCount: int32(),
  },
});
