import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import type { ConsumerData, SubscriptionData } from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import type { ClientInfo } from './client-info.ts';
import { ConsumerGroups } from './consumer-groups.ts';

let groups: ConsumerGroups;
let changes: string[];

beforeEach(() => {
  changes = [];
  groups = new ConsumerGroups({
    log: silentLogger,
    onChanged: (group) => void changes.push(`${group.name} ${group.size}`),
  });
});

function client(clientId: string, seenMs = 0, connection = {} as Connection): ClientInfo {
  return { clientId, language: 0, version: 407, connection, heartbeatMs: 0, seenMs };
}

function subscriptionOf(
  topic: string,
  subVersion: number,
  change: Partial<SubscriptionData> = {},
): SubscriptionData {
  return {
    topic,
    subString: '*',
    expressionType: 'TAG',
    subVersion,
    classFilterMode: false,
    tagsSet: [],
    codeSet: [],
    ...change,
  };
}

function dataOf(...subscriptionDataSet: SubscriptionData[]): ConsumerData {
  return {
    groupName: 'G',
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    consumeType: 'CONSUME_PASSIVELY',
    messageModel: 'CLUSTERING',
    unitMode: false,
    subscriptionDataSet,
  };
}

function longOf(groupName: string, chars: number): ConsumerData {
  const data = dataOf(subscriptionOf('T', 1, { subString: 'x'.repeat(chars - 1) }));
  return { ...data, groupName };
}

describe('subscriptions of all groups', () => {
  it('are bounded together, and a group that goes makes room for another', () => {
    const bounded = new ConsumerGroups({
      log: silentLogger,
      onChanged: () => undefined,
      maxSubscriptionChars: 100,
    });
    const first = client('c1');
    bounded.register(longOf('G1', 60), first);
    expect(() => bounded.register(longOf('G2', 41), client('c2'))).toThrow(
      'the subscriptions of all groups may have 100 characters, those of G2 are too long',
    );
    expect(bounded.get('G2')).toBeUndefined();
    bounded.register(longOf('G2', 40), client('c2'));
    // The next heartbeats bring what is there already.
    bounded.register(longOf('G1', 60), first);
    bounded.remove(first.connection);
    bounded.register(longOf('G3', 60), client('c3'));
    expect(bounded.get('G3')?.size).toBe(1);
  });
});

describe('a consumer group', () => {
  it('tells its members of who came, and not of heartbeats that bring nothing new', () => {
    const first = client('c1');
    expect(groups.register(dataOf(subscriptionOf('T', 1)), first)).toBe(true);
    expect(groups.register(dataOf(subscriptionOf('T', 1)), first)).toBe(false);
    expect(groups.register(dataOf(subscriptionOf('T', 1)), client('c2'))).toBe(true);
    expect(changes).toEqual(['G 1', 'G 2']);
  });

  it('takes over newer subscriptions, keeps older ones out, and drops what is not listed', () => {
    const member = client('c1');
    groups.register(dataOf(subscriptionOf('T', 2, { subString: 'A' })), member);
    groups.register(dataOf(subscriptionOf('T', 1, { subString: 'B' })), member);
    expect(groups.get('G')?.subscription('T')?.data.subString).toBe('A');
    groups.register(dataOf(subscriptionOf('T', 3, { subString: 'C' })), member);
    expect(groups.get('G')?.subscription('T')?.data.subString).toBe('C');
    expect(groups.register(dataOf(subscriptionOf('U', 1)), member)).toBe(true);
    expect(groups.get('G')?.subscription('T')).toBeUndefined();
    expect(groups.subscribersOf('U')).toEqual(['G']);
  });

  it('keeps a subscription whose expression does not parse, as broken, until a newer one comes', () => {
    const member = client('c1');
    const broken = { subString: 'a >', expressionType: 'SQL92' };
    groups.register(dataOf(subscriptionOf('T', 1, broken)), member);
    expect(groups.get('G')?.subscription('T')?.isBroken).toBe(true);
    const mended = { subString: 'a > 1', expressionType: 'SQL92' };
    groups.register(dataOf(subscriptionOf('T', 2, mended)), member);
    expect(groups.get('G')?.subscription('T')?.isBroken).toBeUndefined();
    const unknown = { subString: 'a', expressionType: 'LUA' };
    groups.register(dataOf(subscriptionOf('T', 3, unknown)), member);
    expect(groups.get('G')?.subscription('T')?.isBroken).toBe(true);
  });

  it('keeps its subscriptions through heartbeats that leave them out', () => {
    const member = client('c1');
    groups.register(dataOf(subscriptionOf('T', 1)), member);
    expect(groups.register(dataOf(), member, true)).toBe(false);
    expect(groups.get('G')?.subscription('T')).toBeDefined();
  });

  it('is forgotten with its last member, whoever asks for another to leave', () => {
    const [first, second] = [client('c1'), client('c2')];
    groups.register(dataOf(), first);
    groups.register(dataOf(), second);
    groups.unregister('G', {} as Connection);
    groups.unregister('H', first.connection);
    expect(groups.get('G')?.clientIds()).toEqual(['c1', 'c2']);
    groups.remove(first.connection);
    expect(groups.get('G')?.byClientId('c1')).toBeUndefined();
    groups.remove(second.connection);
    expect(groups.get('G')).toBeUndefined();
    expect(changes.at(-1)).toBe('G 0');
  });

  it('knows members that have fallen silent', () => {
    const [silent, alive] = [client('c1', 1_000), client('c2', 2_000)];
    groups.register(dataOf(), silent);
    groups.register(dataOf(), alive);
    expect(groups.silentSince(1_500)).toEqual([silent.connection]);
  });
});
