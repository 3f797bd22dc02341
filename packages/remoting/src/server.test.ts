import { afterEach, describe, expect, it } from '@jest/globals';
import {
  answerTo,
  bool,
  defineCommand,
  encodeCommand,
  int64,
  ResponseCode,
  text,
} from '@orbitmq/protocol';
import { RemotingClient } from './client.ts';
import { reply } from './dispatcher.ts';
import { RemotingErrorCode, ResponseError } from './errors.ts';
import { RemotingServer } from './server.ts';

const getMaxOffset = defineCommand({
  code: 30,
  name: 'GET_MAX_OFFSET',
  request: { topic: text(), committed: bool({ absent: true }) },
  response: { offset: int64() },
});
const notifyIdsChanged = defineCommand({
  code: 40,
  name: 'NOTIFY_CONSUMER_IDS_CHANGED',
  request: { consumerGroup: text() },
});

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

async function start(
  prepare: (server: RemotingServer) => void,
  options: Partial<ConstructorParameters<typeof RemotingServer>[0]> = {},
): Promise<{ server: RemotingServer; client: RemotingClient; address: string }> {
  const server = new RemotingServer({ port: 0, host: '127.0.0.1', ...options });
  prepare(server);
  const { port } = await server.listen();
  const client = new RemotingClient();
  opened.push(server, client);
  return { server, client, address: `127.0.0.1:${port}` };
}

describe('a server and a client over real sockets', () => {
  it('answers a request with the fields, remark and body of its handler', async () => {
    const { client, address } = await start((server) => {
      server.register(getMaxOffset, ({ topic, committed }) =>
        reply({
          remark: `${topic} ${committed}`,
          fields: { offset: 7_000_000_000 },
          body: Buffer.from('body'),
        }),
      );
    });
    const answer = await client.invoke(
      address,
      getMaxOffset,
      { topic: 'T', committed: true },
      { timeoutMs: 3000 },
    );
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(answer.remark).toBe('T true');
    expect(answer.fields).toEqual({ offset: 7_000_000_000 });
    expect(answer.body?.toString()).toBe('body');
  });

  it('answers a code that nobody registered as Apache does', async () => {
    const { client, address } = await start(() => undefined);
    const unknown = defineCommand({ code: 999, name: 'UNKNOWN' });
    const answer = await client.invoke(address, unknown, {}, { timeoutMs: 3000 });
    expect(answer.code).toBe(ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
    expect(answer.remark).toBe(' request type 999 not supported');
  });

  it('answers the code of a ResponseError and hides what else went wrong', async () => {
    const { client, address } = await start((server) => {
      server.register(getMaxOffset, async ({ topic }) => {
        await Promise.resolve();
        if (topic === 'none') throw new ResponseError(ResponseCode.TOPIC_NOT_EXIST, 'no topic');
        throw new TypeError('secret path');
      });
    });
    const refused = await client.invoke(
      address,
      getMaxOffset,
      { topic: 'none', committed: true },
      { timeoutMs: 3000 },
    );
    expect([refused.code, refused.remark]).toEqual([17, 'no topic']);
    const failed = await client.invoke(
      address,
      getMaxOffset,
      { topic: 'T', committed: true },
      { timeoutMs: 3000 },
    );
    expect(failed.code).toBe(ResponseCode.SYSTEM_ERROR);
    expect(failed.remark).not.toContain('secret');
  });

  it('answers with the beginning of a remark that no frame holds, also when it was waited for', async () => {
    const { client, address } = await start((server) => {
      server.register(getMaxOffset, async ({ topic }) => {
        await Promise.resolve();
        // A control character takes six in a JSON header.
        throw new ResponseError(
          ResponseCode.TOPIC_NOT_EXIST,
          `${topic}${'\u0001'.repeat(3_000_000)}`,
        );
      });
    });
    const answer = await client.invoke(
      address,
      getMaxOffset,
      { topic: 'T', committed: true },
      { timeoutMs: 3000 },
    );
    expect(answer.code).toBe(ResponseCode.TOPIC_NOT_EXIST);
    expect(answer.remark).toBe(`T${'\u0001'.repeat(4_095)}`);
  });

  it('pushes one-way notices to a client and tells when the client is gone', async () => {
    const { server, client, address } = await start((s) => {
      s.register(getMaxOffset, (_request, { connection }) => {
        connection.notify(notifyIdsChanged, { consumerGroup: 'G' });
        return { offset: 1 };
      });
    });
    const group = new Promise<string>((resolve) => {
      client.register(notifyIdsChanged, ({ consumerGroup }) => resolve(consumerGroup));
    });
    const gone = new Promise<string>((resolve) => {
      server.onConnectionClosed((connection) => resolve(connection.remoteAddress));
    });
    await client.invoke(
      address,
      getMaxOffset,
      { topic: 'T', committed: true },
      { timeoutMs: 3000 },
    );
    expect(await group).toBe('G');
    await client.close();
    expect(await gone).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('keeps large bodies, small ones and their headers in order', async () => {
    const bodies = [10, 40_000, 5, 2_000_000, 32_768, 1].map((size, index) =>
      Buffer.alloc(size, index),
    );
    const { client, address } = await start((server) => {
      server.registerRaw(getMaxOffset.code, (connection, { opaque, serializeType }) => {
        const body = bodies[opaque % bodies.length] ?? Buffer.alloc(0);
        // A frame's head with the body's length in it, then the body without a copy.
        const head = encodeCommand({ ...answerTo({ opaque, serializeType }, { code: 0 }), body });
        connection.output.append(head.subarray(0, head.length - body.length));
        connection.write(body);
      });
    });
    const options = { timeoutMs: 10_000 };
    const calls = Array.from({ length: 30 }, () =>
      client.invoke(address, getMaxOffset, { topic: 'T', committed: true }, options),
    );
    const answers = await Promise.all(calls);
    expect(
      answers.every(({ body }, index) =>
        bodies[index % bodies.length]?.equals(body ?? Buffer.alloc(0)),
      ),
    ).toBe(true);
  });

  it('fails requests with a code when nobody listens', async () => {
    const client = new RemotingClient();
    opened.push(client);
    await expect(
      client.invoke(
        '127.0.0.1:1',
        getMaxOffset,
        { topic: 'T', committed: true },
        { timeoutMs: 3000 },
      ),
    ).rejects.toMatchObject({ code: RemotingErrorCode.connectFailed, isRetryable: true });
  });
});
