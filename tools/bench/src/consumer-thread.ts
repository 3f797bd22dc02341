/** The thread that `startConsumers` starts. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ConsumerOptions, consume } from './consumer-load.ts';

const count = consume(workerData as ConsumerOptions);
parentPort?.once('message', () => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of a thread, not of a window
  parentPort?.postMessage(count());
});
