import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import { ResponseCode } from '@orbitmq/protocol';
import type { RemotingClient } from '@orbitmq/remoting';
import { Registration } from './registration.ts';

const TIMER = { cancel: () => undefined };
const IDENTITY = {
  brokerName: 'broker-a',
  brokerAddr: '127.0.0.1:10911',
  clusterName: 'C',
  haServerAddr: '127.0.0.1:10912',
  brokerId: 0,
};

/** What each name server does with a registration: an error to throw, or the code of its answer. */
let servers: Map<string, Error | number>;
let lines: string[];
let registration: Registration;

beforeEach(() => {
  servers = new Map([
    ['ns1', 0],
    ['ns2', 0],
  ]);
  lines = [];
  const invoke = (address: string) => {
    const outcome = servers.get(address) ?? 0;
    if (outcome instanceof Error) return Promise.reject(outcome);
    return Promise.resolve({ code: outcome, remark: 'full', fields: {}, body: undefined });
  };
  const note = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) =>
    void lines.push(`${level} ${String(fields['nameServer'])} ${message}`);
  registration = new Registration({
    client: { invoke } as unknown as RemotingClient,
    timers: { every: () => TIMER, after: () => TIMER, afterPoll: () => undefined },
    log: { ...silentLogger, warn: note('warn'), info: note('info') },
    nameServers: () => [...servers.keys()],
    identity: IDENTITY,
    topics: () => [],
    topicsVersion: () => ({ counter: 0, timestamp: 0 }),
    permission: () => 6,
    periodMs: 30_000,
  });
});

async function register(times: number): Promise<void> {
  for (let time = 0; time < times; time++) await registration.register();
}

function atOnce(_delayMs: number, callback: () => void) {
  queueMicrotask(callback);
  return TIMER;
}

/** A registration whose name server answers when the test says so. */
function pendingRegistration(): {
  readonly registration: Registration;
  readonly asked: { readonly name: string; readonly timeoutMs: number }[];
  readonly answers: (() => void)[];
} {
  const asked: { readonly name: string; readonly timeoutMs: number }[] = [];
  const answers: (() => void)[] = [];
  const invoke = (
    _address: string,
    { name }: { readonly name: string },
    _values: unknown,
    { timeoutMs }: { readonly timeoutMs: number },
  ) => {
    asked.push({ name, timeoutMs });
    return new Promise((resolve, reject) => {
      if (name === 'REGISTER_BROKER') answers.push(() => resolve({ code: 0 }));
      else reject(new Error('timeout'));
    });
  };
  const pending = new Registration({
    client: { invoke } as unknown as RemotingClient,
    timers: { every: () => TIMER, after: atOnce, afterPoll: () => undefined },
    log: silentLogger,
    nameServers: () => ['ns1'],
    identity: IDENTITY,
    topics: () => [],
    topicsVersion: () => ({ counter: 0, timestamp: 0 }),
    permission: () => 6,
    periodMs: 30_000,
  });
  return { registration: pending, asked, answers };
}

describe('a registration', () => {
  it('waits for one that began behind it, not for all that others ask for meanwhile', async () => {
    const { registration: pending, answers } = pendingRegistration();
    void pending.register();
    let isTold = false;
    const second = pending.register().then(() => {
      isTold = true;
    });
    answers[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect([isTold, answers.length]).toEqual([false, 2]);
    void pending.register();
    answers[1]?.();
    await second;
    await new Promise((resolve) => setImmediate(resolve));
    expect(answers).toHaveLength(3);
  });

  it('ends soon although a name server says nothing', async () => {
    const { registration: pending, asked } = pendingRegistration();
    void pending.register();
    await pending.close();
    const [, unregistered] = asked;
    expect(unregistered?.name).toBe('UNREGISTER_BROKER');
    expect(unregistered?.timeoutMs).toBeLessThanOrEqual(2_000);
  });
});

describe('a name server', () => {
  it('that cannot be reached is told of once, and once more when it is back', async () => {
    servers.set('ns2', new Error('ECONNREFUSED'));
    await register(10);
    expect(lines).toEqual(['warn ns2 registration failed']);
    servers.set('ns2', 0);
    await register(10);
    expect(lines).toEqual(['warn ns2 registration failed', 'info ns2 registered again']);
  });

  it('that fails in another way is told of again', async () => {
    servers.set('ns1', new Error('ECONNREFUSED'));
    await register(2);
    servers.set('ns1', ResponseCode.SYSTEM_ERROR);
    await register(2);
    servers.set('ns1', new Error('ETIMEDOUT'));
    await register(2);
    expect(lines).toEqual([
      'warn ns1 registration failed',
      'warn ns1 registration refused',
      'warn ns1 registration failed',
    ]);
  });

  it('that is none any more is forgotten', async () => {
    servers.set('ns2', new Error('ECONNREFUSED'));
    await register(1);
    servers.delete('ns2');
    await register(1);
    servers.set('ns2', new Error('ECONNREFUSED'));
    await register(2);
    expect(lines).toEqual(['warn ns2 registration failed', 'warn ns2 registration failed']);
  });
});
