import { beforeEach, describe, expect, it } from '@jest/globals';
import { errorCode, RocketMqError, silentLogger } from '@orbitmq/kernel';
import { ResponseCode, type TopicRouteData } from '@orbitmq/protocol';
import { RemotingErrorCode } from '@orbitmq/remoting';
import type { Timers } from '@orbitmq/runtime';
import { ClientErrorCode } from './client-error.ts';
import type { MessageQueue } from './message.ts';
import type { Outgoing } from './outgoing.ts';
import { QueueChooser } from './queue-chooser.ts';
import { masterAddress } from './routes.ts';
import type { SendHook } from './send-hook.ts';
import { Sender, type SenderOptions, type SendingCore } from './sender.ts';

/** What a broker does with a send: the code it answers, or how the connection fails. */
type Behaviour = number | { readonly fails: string; readonly afterMs?: number };

const OUTGOING: Outgoing = {
  topic: 'T',
  body: Buffer.from('x'),
  properties: '',
  sysFlag: 0,
  flag: 0,
  messageIds: ['ID'],
  messages: [{ topic: 'T', body: 'x' }],
  kind: 'single',
};
const OPTIONS: SenderOptions = {
  group: 'G',
  retries: 2,
  attemptTimeoutMs: undefined,
  retriesWhenNotSafe: false,
  retriedCodes: [],
  hooks: [],
};

let nowMs: number;
/** Behaviours by address, the last one for good. */
let brokers: Map<string, Behaviour[]>;
let sends: { readonly address: string; readonly timeoutMs: number; readonly queueId: number }[];
let route: TopicRouteData | undefined;
/** The route that is found when it is asked for again. */
let nextRoute: TopicRouteData | undefined;
let refreshes: number;

function routeTo(masters: Readonly<Record<string, string | undefined>>): TopicRouteData {
  const names = Object.keys(masters);
  return {
    brokerDatas: names.map((brokerName) => {
      const address = masters[brokerName];
      const brokerAddrs = new Map(address === undefined ? [] : [[0, address]]);
      return { brokerName, cluster: 'C', brokerAddrs };
    }),
    queueDatas: names.map((brokerName) => {
      return { brokerName, perm: 6, readQueueNums: 2, writeQueueNums: 2, topicSysFlag: 0 };
    }),
    filterServerTable: new Map(),
  };
}

/** Waiting takes no time here, but the clock says that it did. */
const timers: Timers = {
  after(delayMs, callback) {
    let isCancelled = false;
    setImmediate(() => {
      if (isCancelled) return;
      nowMs += delayMs;
      callback();
    });
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  },
  every: () => ({ cancel: () => undefined }),
  afterPoll: setImmediate,
};

function behave(address: string): number {
  const list = brokers.get(address) ?? [];
  const behaviour = (list.length > 1 ? list.shift() : list[0]) ?? ResponseCode.SUCCESS;
  if (typeof behaviour === 'number') return behaviour;
  nowMs += behaviour.afterMs ?? 0;
  throw new RocketMqError('no answer', { code: behaviour.fails, isRetryable: true });
}

const core = {
  clock: { now: () => nowMs, monotonicMs: () => nowMs },
  timers,
  log: silentLogger,
  knownRoute: () => route,
  publishRoute: () => Promise.resolve(route),
  refreshStaleRoute: () => {
    refreshes++;
    route = nextRoute ?? route;
    return Promise.resolve();
  },
  masterOf: (known: TopicRouteData, brokerName: string) => {
    const address = masterAddress(known, brokerName);
    if (address !== undefined) return address;
    throw new RocketMqError('no master', { code: ClientErrorCode.brokerNotFound });
  },
  remoting: {
    notify: () => Promise.resolve(),
    invoke: async (
      address: string,
      _definition: unknown,
      { e: queueId }: { readonly e: number },
      { timeoutMs }: { readonly timeoutMs: number },
    ) => {
      sends.push({ address, timeoutMs, queueId });
      const code = behave(address);
      return { code, remark: 'why', fields: { msgId: 'M', queueId, queueOffset: 7 } };
    },
  },
} as unknown as SendingCore;

function newSender(
  options: Partial<SenderOptions> = {},
  avoidsSlowBrokers = false,
  sendingCore = core,
): Sender {
  const random = { next: () => 0, below: () => 0 };
  const chooser = new QueueChooser({ random, clock: core.clock, avoidsSlowBrokers });
  return new Sender(sendingCore, chooser, { ...OPTIONS, ...options });
}

beforeEach(() => {
  nowMs = 0;
  brokers = new Map();
  sends = [];
  refreshes = 0;
  route = routeTo({ a: 'a:1', b: 'b:1' });
  nextRoute = undefined;
});

describe('a send', () => {
  it('goes to another broker when one does not answer', async () => {
    brokers.set('a:1', [{ fails: RemotingErrorCode.timeout, afterMs: 1_000 }]);
    const result = await newSender().send(OUTGOING, undefined, 3_000);
    expect(result).toMatchObject({ status: 'SEND_OK', queue: { brokerName: 'b' }, queueOffset: 7 });
    expect(sends.map(({ address, timeoutMs }) => [address, timeoutMs])).toEqual([
      ['a:1', 3_000],
      ['b:1', 2_000],
    ]);
  });

  it('is over when its time is, whatever attempts are left', async () => {
    const silent = { fails: RemotingErrorCode.timeout, afterMs: 2_000 };
    brokers.set('a:1', [silent]).set('b:1', [silent]);
    await expect(newSender().send(OUTGOING, undefined, 3_000)).rejects.toMatchObject({
      code: 'CLIENT_SEND_FAILED',
      isRetryable: true,
      details: { attempts: 2, lastCode: RemotingErrorCode.timeout },
    });
    expect(sends.map(({ timeoutMs }) => timeoutMs)).toEqual([3_000, 1_000]);
  });

  it('gives an attempt no more than its share as long as others may follow', async () => {
    brokers.set('a:1', [{ fails: RemotingErrorCode.timeout, afterMs: 500 }]);
    brokers.set('b:1', [{ fails: RemotingErrorCode.timeout, afterMs: 500 }]);
    const sender = newSender({ attemptTimeoutMs: 500 });
    await expect(sender.send(OUTGOING, undefined, 3_000)).rejects.toThrow('could not be sent');
    expect(sends.map(({ timeoutMs }) => timeoutMs)).toEqual([500, 500, 2_000]);
  });

  it('is tried again after the answers that Apache tries again, and after no other', async () => {
    brokers.set('a:1', [ResponseCode.SYSTEM_BUSY]);
    await newSender().send(OUTGOING, undefined, 3_000);
    expect(sends).toHaveLength(2);
    brokers.set('a:1', [ResponseCode.MESSAGE_ILLEGAL]).set('b:1', [ResponseCode.MESSAGE_ILLEGAL]);
    sends = [];
    await expect(newSender().send(OUTGOING, undefined, 3_000)).rejects.toMatchObject({
      code: 'CLIENT_BROKER_REFUSED',
      details: { responseCode: ResponseCode.MESSAGE_ILLEGAL },
    });
    expect(sends).toHaveLength(1);
    const more = newSender({ retriedCodes: [ResponseCode.MESSAGE_ILLEGAL] });
    await expect(more.send(OUTGOING, undefined, 3_000)).rejects.toMatchObject({
      code: 'CLIENT_SEND_FAILED',
    });
  });

  it('with a queue of its own is tried once', async () => {
    brokers.set('a:1', [{ fails: RemotingErrorCode.sendFailed }]);
    const queue: MessageQueue = { topic: 'T', brokerName: 'a', queueId: 1 };
    await expect(newSender().send(OUTGOING, () => queue, 3_000)).rejects.toMatchObject({
      details: { attempts: 1 },
    });
    expect(sends).toEqual([{ address: 'a:1', timeoutMs: 3_000, queueId: 1 }]);
  });

  it('that is stored but not safe is a result, or a reason to go on, as it was asked for', async () => {
    brokers.set('a:1', [ResponseCode.FLUSH_SLAVE_TIMEOUT]);
    const result = await newSender().send(OUTGOING, undefined, 3_000);
    expect(result.status).toBe('FLUSH_SLAVE_TIMEOUT');
    const careful = newSender({ retriesWhenNotSafe: true });
    expect((await careful.send(OUTGOING, undefined, 3_000)).status).toBe('SEND_OK');
    brokers.set('b:1', [ResponseCode.MESSAGE_ILLEGAL]);
    // The message is stored at one: that is not forgotten because another refuses it.
    const stored = await newSender({ retriesWhenNotSafe: true }).send(OUTGOING, undefined, 3_000);
    expect(stored).toMatchObject({ status: 'FLUSH_SLAVE_TIMEOUT', queue: { brokerName: 'a' } });
  });

  it('finds a broker that has moved, also when it is the only one', async () => {
    route = routeTo({ a: 'old:1' });
    nextRoute = routeTo({ a: 'new:1' });
    brokers.set('old:1', [{ fails: RemotingErrorCode.connectFailed }]);
    await newSender().send(OUTGOING, undefined, 3_000);
    expect(sends.map(({ address }) => address)).toEqual(['old:1', 'new:1']);
    // A route that names no master is asked for again before the attempt counts as failed.
    route = routeTo({ a: undefined, b: 'b:1' });
    const queue: MessageQueue = { topic: 'T', brokerName: 'a', queueId: 0 };
    await newSender().send(OUTGOING, () => queue, 3_000);
    expect(sends.at(-1)?.address).toBe('new:1');
  });

  it('waits before it tries the only broker again', async () => {
    route = routeTo({ a: 'a:1' });
    brokers.set('a:1', [
      { fails: RemotingErrorCode.connectFailed },
      { fails: RemotingErrorCode.connectFailed },
      ResponseCode.SUCCESS,
    ]);
    await newSender().send(OUTGOING, undefined, 3_000);
    expect(nowMs).toBeGreaterThanOrEqual(300);
    expect(refreshes).toBe(2);
  });

  it('without a route in time fails in time', async () => {
    route = undefined;
    const never = { ...core, publishRoute: () => new Promise<undefined>(() => undefined) };
    const random = { next: () => 0, below: () => 0 };
    const chooser = new QueueChooser({ random, clock: core.clock, avoidsSlowBrokers: false });
    const sender = new Sender(never, chooser, OPTIONS);
    await expect(sender.send(OUTGOING, undefined, 3_000)).rejects.toMatchObject({
      code: 'CLIENT_NO_NAME_SERVER',
    });
    expect(nowMs).toBe(3_000);
  });

  it('ends in time when nobody says where its broker is', async () => {
    const hanging = { ...core, refreshStaleRoute: () => new Promise<void>(() => undefined) };
    const sender = newSender({}, false, hanging);
    const queue = { topic: 'T', brokerName: 'a', queueId: 0 };
    // The topic has another broker, so that there are queues; the wish is for the one without a master.
    route = routeTo({ a: undefined, b: 'b:1' });
    await expect(sender.send(OUTGOING, () => queue, 1_000)).rejects.toMatchObject({
      code: ClientErrorCode.sendFailed,
      details: { attempts: 1, lastCode: ClientErrorCode.brokerNotFound },
    });
    expect(nowMs).toBe(1_000);
    const late = { code: ClientErrorCode.brokerNotFound };
    await expect(sender.sendOneway(OUTGOING, () => queue, 1_000)).rejects.toMatchObject(late);
    expect(nowMs).toBe(2_000);
    await expect(sender.addressOf('T', 'a', 1_000)).rejects.toMatchObject(late);
    expect(nowMs).toBe(3_000);
    expect(sends).toEqual([]);
  });

  it('has no more time for an attempt than the look-up of its broker left', async () => {
    route = routeTo({ a: undefined, b: 'b:1' });
    nextRoute = routeTo({ a: 'a:1', b: 'b:1' });
    const slow = {
      ...core,
      refreshStaleRoute: () => {
        nowMs += 400;
        return core.refreshStaleRoute('T');
      },
    };
    const queue = { topic: 'T', brokerName: 'a', queueId: 0 };
    await newSender({}, false, slow).send(OUTGOING, () => queue, 1_000);
    expect(sends).toMatchObject([{ address: 'a:1', timeoutMs: 600 }]);
  });

  it('without an answer ends in time when its broker cannot be connected to', async () => {
    const remoting = { ...core.remoting, notify: () => new Promise<void>(() => undefined) };
    const sending = newSender({}, false, { ...core, remoting }).sendOneway(
      OUTGOING,
      undefined,
      700,
    );
    await expect(sending).rejects.toMatchObject({ code: ClientErrorCode.sendFailed });
    expect(nowMs).toBe(700);
  });

  it('is seen by hooks, attempt by attempt, whatever they throw', async () => {
    brokers.set('a:1', [ResponseCode.SYSTEM_BUSY]);
    const seen: unknown[] = [];
    const hook: SendHook = {
      before: ({ brokerAddress, kind, bodyBytes }) => {
        seen.push(['before', brokerAddress, kind, bodyBytes]);
        throw new Error('a hook of no use');
      },
      after: ({ brokerAddress }, { result, error }) => {
        seen.push(['after', brokerAddress, result?.status, errorCode(error)]);
      },
    };
    await newSender({ hooks: [hook] }).send(OUTGOING, undefined, 3_000);
    expect(seen).toEqual([
      ['before', 'a:1', 'normal', 1],
      ['after', 'a:1', undefined, 'CLIENT_BROKER_REFUSED'],
      ['before', 'b:1', 'normal', 1],
      ['after', 'b:1', 'SEND_OK', undefined],
    ]);
  });

  it('keeps away from brokers that failed, but not for a message that no broker would take', async () => {
    const sender = newSender({}, true);
    brokers.set('a:1', [{ fails: RemotingErrorCode.sendFailed }, ResponseCode.SUCCESS]);
    await sender.send(OUTGOING, undefined, 3_000);
    for (let count = 0; count < 8; count++) await sender.send(OUTGOING, undefined, 3_000);
    expect(sends.filter(({ address }) => address === 'a:1')).toHaveLength(1);
    nowMs += 10_000;
    brokers.set('a:1', [ResponseCode.MESSAGE_ILLEGAL]);
    sends = [];
    for (let count = 0; count < 4; count++) {
      await sender.send(OUTGOING, undefined, 3_000).catch(() => undefined);
    }
    expect(sends.filter(({ address }) => address === 'a:1')).toHaveLength(2);
  });
});
