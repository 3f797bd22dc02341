import { describe, expect, it } from '@jest/globals';
import { RocketMqError, silentLogger } from '@orbitmq/kernel';
import type { Connection } from '@orbitmq/remoting';
import type { ClientInfo } from './client-info.ts';
import { MemberNotices, type NotifiedGroup } from './member-notices.ts';

function member(clientId: string, notify: () => void): ClientInfo {
  const connection = { isClosed: false, remoteAddress: clientId, notify } as Partial<Connection>;
  return {
    clientId,
    language: 0,
    version: 407,
    connection: connection as Connection,
    heartbeatMs: 0,
    seenMs: 0,
  };
}

function groupOf(name: string, ...members: ClientInfo[]): NotifiedGroup {
  return { name, members: () => members };
}

/** What is to be run behind the events that are ready. */
class Turn {
  readonly work: (() => void)[] = [];
  readonly timers = { afterPoll: (callback: () => void) => void this.work.push(callback) };

  end(): void {
    for (const callback of this.work.splice(0)) callback();
  }
}

describe('notices to the members of a group', () => {
  it('tell once what changed together', () => {
    const turn = new Turn();
    let told = 0;
    const group = groupOf(
      'G',
      member('a', () => told++),
      member('b', () => told++),
    );
    const notices = new MemberNotices({
      timers: turn.timers,
      log: silentLogger,
      isWanted: () => true,
    });
    for (let change = 0; change < 1_000; change++) notices.onChanged(group);
    turn.end();
    expect(told).toBe(2);
    notices.onChanged(group);
    turn.end();
    expect(told).toBe(4);
  });

  it('reach the others when one member does not read what it is sent', () => {
    const turn = new Turn();
    const told: string[] = [];
    const deaf = member('deaf', () => {
      throw new RocketMqError('too many', { code: 'REMOTING_TOO_MANY_REQUESTS' });
    });
    const notices = new MemberNotices({
      timers: turn.timers,
      log: silentLogger,
      isWanted: (group) => group !== 'quiet',
    });
    notices.onChanged(
      groupOf(
        'G',
        deaf,
        member('b', () => told.push('b')),
      ),
    );
    notices.onChanged(
      groupOf(
        'quiet',
        member('c', () => told.push('c')),
      ),
    );
    expect(() => turn.end()).not.toThrow();
    expect(told).toEqual(['b']);
  });
});
