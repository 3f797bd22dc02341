/**
 * Child process of the kill test: puts topics and commits offsets as fast as it can, and tells on
 * standard output what is durable by contract.
 *
 *   T<n>   topic number n was put
 *   O<n>   a flush finished after offset n was committed
 */
import { writeSync } from 'node:fs';
import { BrokerMetadata } from '../src/index.ts';
import { topicConfig } from './configs.ts';

const metadata = await BrokerMetadata.open({ directory: process.argv[2] ?? '' });
let topics = [...metadata.topics()].length;
let offset = metadata.consumerOffset('Orders', 'Shop', 0) ?? 0;
for (;;) {
  metadata.putTopic(topicConfig(`Topic${++topics}`));
  writeSync(1, `T${topics}\n`);
  for (let group = 0; group < 200; group++) {
    offset++;
    metadata.commitConsumerOffset('Orders', 'Shop', 0, offset);
    metadata.commitConsumerOffset('Orders', `Group${group}`, 0, offset);
  }
  await metadata.flush();
  writeSync(1, `O${offset}\n`);
}
