import { describe, expect, it } from '@jest/globals';
import { AdminError } from '@orbitmq/admin';
import type { CommandContext, OptionValues } from '../command.ts';
import { consumerProgress } from './consumer-progress.ts';

const QUEUES = [0, 1].map((queueId) => ({ topic: 'TopicTest', brokerName: 'broker-a', queueId }));

/** What the command prints of a group with two queues, of which one is held by a member that answers. */
async function printed(values: OptionValues): Promise<string[]> {
  let text = '';
  const offset = { brokerOffset: 8, consumerOffset: 5, lastTimestamp: 0 };
  const groups = {
    progress: () =>
      Promise.resolve({ consumeTps: 0, offsets: QUEUES.map((queue) => [queue, offset]) }),
    consumers: () =>
      Promise.resolve({
        connectionSet: [{ clientId: '192.0.2.2@1' }, { clientId: '192.0.2.3@1' }],
      }),
    runningInfo: ({ clientId }: { clientId: string }) => {
      return clientId === '192.0.2.2@1'
        ? Promise.resolve({ mqTable: [[QUEUES[0], {}]] })
        : Promise.reject(new AdminError(1, 'not online'));
    },
  };
  const write = (part: string): void => {
    text += part;
  };
  await consumerProgress.run({ groups, write } as unknown as CommandContext, values);
  return text.split('\n');
}

describe('consumerProgress of a group', () => {
  it('has a line for each queue, as Apache prints it', async () => {
    const lines = await printed({ groupName: 'GID_demo' });
    expect(lines.slice(0, 2)).toEqual([
      '#Topic                                                            #Broker Name                      #QID  #Broker Offset        #Consumer Offset      #Diff                 #LastTime',
      'TopicTest                                                         broker-a                          0     8                     5                     3                     N/A',
    ]);
    expect(lines.slice(3)).toEqual(['', 'Consume TPS: 0.00', 'Diff Total: 6', '']);
  });

  it('says who holds the queues when that is wanted', async () => {
    const lines = await printed({ groupName: 'GID_demo', showClientIP: 'true' });
    expect(lines.slice(0, 3)).toEqual([
      '#Topic                                                            #Broker Name                      #QID  #Broker Offset        #Consumer Offset      #Client IP           #Diff                 #LastTime',
      'TopicTest                                                         broker-a                          0     8                     5                     192.0.2.2            3                     N/A',
      'TopicTest                                                         broker-a                          1     8                     5                     N/A                  3                     N/A',
    ]);
  });
});
