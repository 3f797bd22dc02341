/** Queue locks for orderly consumers. Source: AdminBrokerProcessor.java (lockBatchMQ, unlockBatchMQ). */
import {
  lockBatchMq,
  parseLockBatchRequestBody,
  printLockBatchResponseBody,
  unlockBatchMq,
} from '@orbitmq/protocol';
import { type RemotingServer, reply } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';
import type { QueueLocks } from '../clients/queue-locks.ts';

export function registerLockHandlers(
  server: RemotingServer,
  { clock }: BrokerContext,
  locks: QueueLocks,
): void {
  server.register(lockBatchMq, (_request, { command }) => {
    const { consumerGroup, clientId, mqSet } = parseLockBatchRequestBody(command.body);
    const held = locks.lock(consumerGroup, clientId, mqSet, clock.monotonicMs());
    return reply({ body: printLockBatchResponseBody({ lockOKMQSet: [...held] }) });
  });
  server.register(unlockBatchMq, (_request, { command }) => {
    const { consumerGroup, clientId, mqSet } = parseLockBatchRequestBody(command.body);
    locks.unlock(consumerGroup, clientId, mqSet);
  });
}
