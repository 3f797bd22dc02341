import { describe, expect, it } from '@jest/globals';
import type { Connection } from '@orbitmq/remoting';
import type { ClientInfo } from './client-info.ts';
import { ProducerGroups } from './producer-groups.ts';

function client(clientId: string, connection: Connection, seenMs = 0): ClientInfo {
  return { clientId, language: 0, version: 407, connection, heartbeatMs: 0, seenMs };
}

function connectionOf(id: number): Connection {
  return { id } as Partial<Connection> as Connection;
}

describe('a producer', () => {
  it('is found by the connection that it came over last, until it left all its groups', () => {
    const groups = new ProducerGroups();
    const [old, young] = [connectionOf(1), connectionOf(2)];
    groups.register('A', client('c', old));
    groups.register('B', client('c', old));
    groups.register('A', client('c', young));
    expect(groups.byClientId('c')?.connection).toBe(young);
    groups.remove(old);
    expect(groups.byClientId('c')?.connection).toBe(young);
    groups.register('B', client('c', young));
    groups.unregister('A', young);
    expect(groups.byClientId('c')?.connection).toBe(young);
    groups.unregister('B', young);
    expect(groups.byClientId('c')).toBeUndefined();
  });

  it('that names itself anew is not found by its former names', () => {
    const groups = new ProducerGroups();
    const same = connectionOf(1);
    for (let name = 0; name < 100; name++) groups.register('A', client(`c${name}`, same));
    const found = Array.from({ length: 100 }, (_, name) => groups.byClientId(`c${name}`));
    expect(found.filter((each) => each !== undefined).map(({ clientId }) => clientId)).toEqual([
      'c99',
    ]);
  });

  it('is silent by how long ago it was heard of', () => {
    const groups = new ProducerGroups();
    const [silent, loud] = [connectionOf(1), connectionOf(2)];
    groups.register('A', client('a', silent, 1_000));
    groups.register('A', client('b', loud, 2_000));
    expect(groups.silentSince(1_500)).toEqual([silent]);
  });
});
