import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defineCommand, encodeCommand, ResponseCode, text } from '@orbitmq/protocol';
import { MemoryNet, settled, VirtualTime } from '@orbitmq/testkit';
import { RemotingClient } from './client.ts';
import type { Connection } from './connection.ts';
import { reply } from './dispatcher.ts';
import { RemotingErrorCode } from './errors.ts';
import { RemotingServer } from './server.ts';

const PORT = 10_911;
const ADDRESS = `127.0.0.1:${PORT}`;
const ask = defineCommand({ code: 105, name: 'ASK', request: { topic: text() } });
const tell = defineCommand({ code: 40, name: 'TELL', request: { group: text() } });

let net: MemoryNet;
let time: VirtualTime;
let server: RemotingServer;
let client: RemotingClient;
/** Requests that the server holds back. */
let held: { readonly connection: Connection; readonly opaque: number }[];

function newServer(): RemotingServer {
  const made = new RemotingServer({ port: PORT, net, clock: time, timers: time });
  made.register(ask, ({ topic }) => reply({ remark: topic }));
  return made;
}

/** Keeps every request of code 105 unanswered. */
function hold(): void {
  server.registerRaw(ask.code, (connection, frame) => {
    held.push({ connection, opaque: frame.opaque });
  });
}

function answerHeld(code: number = ResponseCode.SUCCESS): void {
  for (const { connection, opaque } of held.splice(0)) {
    connection.send({ code, language: 0, version: 407, opaque, flag: 1, serializeType: 1 });
  }
}

/** What a call came to, without awaiting it. */
function outcomeOf(call: Promise<{ code: number }>): { value: number | string | undefined } {
  const outcome: { value: number | string | undefined } = { value: undefined };
  call.then(
    ({ code }) => {
      outcome.value = code;
    },
    (error: { code: string }) => {
      outcome.value = error.code;
    },
  );
  return outcome;
}

beforeEach(async () => {
  net = new MemoryNet();
  time = new VirtualTime();
  held = [];
  server = newServer();
  await server.listen();
  client = new RemotingClient({ net, clock: time, timers: time });
});

afterEach(async () => {
  const closing = Promise.all([client.close(), server.close()]);
  await settled();
  time.pass(20_000);
  await closing;
});

describe('a remoting client', () => {
  it('connects again when a connection ended while it was being handed over', async () => {
    const isFirst = { value: true };
    const connect = net.connect.bind(net);
    net.connect = async (options) => {
      const socket = await connect(options);
      if (!isFirst.value) return socket;
      isFirst.value = false;
      // As sockets of Node.js do that ended before anybody listened.
      socket.start = (listener) => queueMicrotask(() => listener.onClose(undefined));
      return socket;
    };
    const first = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'T' }, { timeoutMs: 1_000 }));
    await settled();
    expect(first.value).toBe(RemotingErrorCode.connectFailed);
    time.pass(1_500);
    await settled();
    const second = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'T' }, { timeoutMs: 1_000 }));
    await settled();
    expect(second.value).toBe(ResponseCode.SUCCESS);
  });

  it('opens one connection for requests that are made together', async () => {
    const calls = ['a', 'b', 'c'].map((topic) =>
      client.invoke(ADDRESS, ask, { topic }, { timeoutMs: 3000 }),
    );
    expect((await Promise.all(calls)).map(({ remark }) => remark)).toEqual(['a', 'b', 'c']);
    expect(net.attempts).toBe(1);
    // All three went out in one write, and came back in one.
    expect([net.connected[0]?.writes, net.accepted[0]?.writes]).toEqual([1, 1]);
  });

  it('fails a request when its time is up and ignores the answer that comes later', async () => {
    hold();
    const late = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 3000 }));
    await settled();
    time.pass(2_990);
    await settled();
    expect(late.value).toBeUndefined();
    // The server is alive: it answers another request meanwhile.
    const other = outcomeOf(client.invoke(ADDRESS, tell, { group: 'g' }, { timeoutMs: 3000 }));
    await settled();
    expect(other.value).toBe(ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
    time.pass(60);
    await settled();
    expect(late.value).toBe(RemotingErrorCode.timeout);
    answerHeld();
    await settled();
    expect(client.isConnected(ADDRESS)).toBe(true);
    expect(net.attempts).toBe(1);
  });

  it('gives up a connection on which nothing came while a request timed out', async () => {
    hold();
    const lost = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 1000 }));
    const other = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'b' }, { timeoutMs: 9000 }));
    await settled();
    time.pass(1_100);
    await settled();
    expect([lost.value, other.value]).toEqual([
      RemotingErrorCode.timeout,
      RemotingErrorCode.sendFailed,
    ]);
    expect(client.isConnected(ADDRESS)).toBe(false);
  });

  it('fails what waits at once when the connection breaks, and connects again for the next request', async () => {
    hold();
    const lost = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 30_000 }));
    await settled();
    const gone: string[] = [];
    client.onDisconnected((address) => gone.push(address));
    net.connected[0]?.fail(new Error('ECONNRESET'));
    await settled();
    expect(lost.value).toBe(RemotingErrorCode.sendFailed);
    expect(gone).toEqual([ADDRESS]);
    time.pass(1_000);
    const next = outcomeOf(client.invoke(ADDRESS, tell, { group: 'g' }, { timeoutMs: 3000 }));
    await settled();
    expect(next.value).toBe(ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
  });

  it('waits longer and longer before it bothers an address that refuses', async () => {
    const refused = '127.0.0.1:1';
    const attemptAt: number[] = [];
    for (let ms = 0; ms < 5_000; ms += 10) {
      const before = net.attempts;
      const outcome = outcomeOf(client.invoke(refused, ask, { topic: 'a' }, { timeoutMs: 3000 }));
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      expect(outcome.value).toBe(RemotingErrorCode.connectFailed);
      if (net.attempts > before) attemptAt.push(ms);
      time.pass(10);
    }
    expect(attemptAt).toEqual([0, 50, 150, 350, 750, 1550, 2550, 3550, 4550]);
  });

  it('fails a request in its own time when connecting takes longer', async () => {
    net.isDark = true;
    const outcome = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 500 }));
    await settled();
    time.pass(600);
    await settled();
    expect(outcome.value).toBe(RemotingErrorCode.connectFailed);
  });

  it('repeats a request once on a new connection when the server says go away', async () => {
    hold();
    const outcome = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 3000 }));
    await settled();
    answerHeld(ResponseCode.GO_AWAY);
    await settled();
    expect(net.attempts).toBe(2);
    answerHeld(ResponseCode.SUCCESS);
    await settled();
    expect(outcome.value).toBe(ResponseCode.SUCCESS);
  });

  it('fails a request that is told to go away twice', async () => {
    hold();
    const outcome = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 3000 }));
    await settled();
    answerHeld(ResponseCode.GO_AWAY);
    await settled();
    answerHeld(ResponseCode.GO_AWAY);
    await settled();
    expect(outcome.value).toBe(RemotingErrorCode.goAway);
  });

  it('lets hooks change the fields of every request, in their order', async () => {
    const signed = new RemotingClient({
      net,
      clock: time,
      timers: time,
      hooks: [
        ({ extFields }) => {
          extFields['topic'] = `ns%${extFields['topic']}`;
        },
        ({ extFields }) => {
          extFields['Signature'] = `signed ${extFields['topic']}`;
        },
      ],
    });
    const seen: (string | undefined)[] = [];
    server.register(ask, ({ topic }, { command }) => {
      seen.push(topic, command.extFields?.['Signature']);
      return {};
    });
    await signed.invoke(ADDRESS, ask, { topic: 'T' }, { timeoutMs: 3000 });
    expect(seen).toEqual(['ns%T', 'signed ns%T']);
    await signed.close();
  });

  it('refuses requests above its bounds without sending them', async () => {
    hold();
    const bounded = new RemotingClient({
      net,
      clock: time,
      timers: time,
      limits: { maxPendingTotal: 2 },
    });
    const outcomes = ['a', 'b', 'c'].map((topic) =>
      outcomeOf(bounded.invoke(ADDRESS, ask, { topic }, { timeoutMs: 3000 })),
    );
    await settled();
    expect(held).toHaveLength(2);
    expect(outcomes[2]?.value).toBe(RemotingErrorCode.tooManyRequests);
    await bounded.close();
    expect(outcomes[0]?.value).toBe(RemotingErrorCode.sendFailed);
  });

  it('closes at once with requests under way, and refuses those that come after', async () => {
    hold();
    const outcome = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 30_000 }));
    await settled();
    const closing = client.close();
    await settled();
    await closing;
    expect(outcome.value).toBe(RemotingErrorCode.sendFailed);
    const after = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 3000 }));
    await settled();
    expect(after.value).toBe(RemotingErrorCode.closed);
    await client.close();
  });

  it('closes a connection that brings no frames, and says so', async () => {
    const outcome = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 3000 }));
    await settled();
    expect(outcome.value).toBe(0);
    hold();
    const lost = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 3000 }));
    await settled();
    net.connected[0]?.arrive(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await settled();
    expect(lost.value).toBe(RemotingErrorCode.sendFailed);
  });

  it('serves requests that the server makes, and answers those it does not know', async () => {
    let connection: Connection | undefined;
    server.register(ask, (_request, context) => {
      connection = context.connection;
      return {};
    });
    client.register(tell, ({ group }) => reply({ remark: `got ${group}` }));
    await client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 3000 });
    const answer = await connection?.invoke(tell, { group: 'g' }, { timeoutMs: 3000 });
    expect(answer?.remark).toBe('got g');
    const unknown = await connection?.invoke(ask, { topic: 'g' }, { timeoutMs: 3000 });
    expect(unknown?.code).toBe(ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
  });

  it('takes an answer whose encoding is not that of the request', async () => {
    hold();
    const outcome = outcomeOf(client.invoke(ADDRESS, ask, { topic: 'a' }, { timeoutMs: 3000 }));
    await settled();
    const { connection, opaque } = held[0] ?? {};
    expect(opaque).toBe(0);
    connection?.write(
      encodeCommand({
        code: 17,
        language: 9,
        version: 317,
        opaque: 0,
        flag: 1,
        remark: '',
        serializeType: 0,
      }),
    );
    await settled();
    expect(outcome.value).toBe(17);
  });
});
