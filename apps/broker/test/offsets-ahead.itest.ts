import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { queryConsumerOffset, updateConsumerOffset } from '@orbitmq/protocol';
import { type BrokerFixture, startFixture, TIMEOUT } from './broker-fixture.ts';

const PLACE = { consumerGroup: 'G', topic: 'Orders', queueId: 0 };

async function offsetOfGroup({ client, broker }: BrokerFixture): Promise<number | undefined> {
  const answer = await client.invoke(broker.address, queryConsumerOffset, PLACE, TIMEOUT);
  return answer.fields.offset;
}

describe('a broker whose log ends before a consumer offset', () => {
  it('takes the offset back to the end of its queue when it starts', async () => {
    const store = await mkdtemp(join(tmpdir(), 'orbitmq-ahead-'));
    try {
      const keys = { storePathRootDir: store };
      {
        await using first = await startFixture(keys);
        await first.send('Orders', 0);
        const values = { ...PLACE, commitOffset: 5 };
        await first.client.invoke(first.broker.address, updateConsumerOffset, values, TIMEOUT);
        expect(await offsetOfGroup(first)).toBe(5);
      }
      await using second = await startFixture(keys);
      expect(await offsetOfGroup(second)).toBe(1);
    } finally {
      await rm(store, { recursive: true });
    }
  });
});
