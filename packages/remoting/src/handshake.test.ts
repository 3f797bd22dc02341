import { afterEach, describe, expect, it } from '@jest/globals';
import { defineCommand } from '@orbitmq/protocol';
import { nodeNet, type Socket } from '@orbitmq/runtime';
import { RemotingClient } from './client.ts';
import { reply } from './dispatcher.ts';
import { parseProxyHeader } from './proxy-header.ts';
import { RemotingServer, type RemotingServerOptions } from './server.ts';
import {
  DEFAULT_TLS_SERVER_SETTINGS,
  tlsClientSettings,
  tlsServerSettings,
} from './tls-settings.ts';

const whoAmI = defineCommand({ code: 28, name: 'WHO_AM_I' });
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

async function start(options: Partial<RemotingServerOptions>): Promise<string> {
  const server = new RemotingServer({ port: 0, host: '127.0.0.1', ...options });
  server.register(whoAmI, (_request, { connection, command }) =>
    reply({
      remark: `${connection.isSecure ? 'tls' : 'plain'} ${connection.remoteAddress}`,
      body: command.body,
    }),
  );
  const { port } = await server.listen();
  opened.push(server);
  return `127.0.0.1:${port}`;
}

function newClient(isSecure: boolean): RemotingClient {
  const tls = isSecure ? tlsClientSettings({ 'tls.enable': 'true' }) : undefined;
  const client = new RemotingClient({ tls });
  opened.push(client);
  return client;
}

function ask(
  isSecure: boolean,
  address: string,
  body = Buffer.alloc(0),
): Promise<{ code: number; remark: string | undefined; body: Buffer | undefined }> {
  return newClient(isSecure).invoke(address, whoAmI, {}, { timeoutMs: 5_000, body });
}

/** Sends bytes on a plain connection; resolves with what came back when the server has closed it or answered. */
async function sendBytes(
  address: string,
  bytes: Buffer,
): Promise<{ answer: Buffer; isClosed: boolean }> {
  const [host = '', port = ''] = address.split(':');
  const socket: Socket = await nodeNet.connect({ host, port: Number(port), timeoutMs: 3_000 });
  return new Promise((resolve) => {
    socket.start({
      onData: (answer) => {
        socket.destroy();
        resolve({ answer, isClosed: false });
      },
      onDrain: () => undefined,
      onClose: () => resolve({ answer: Buffer.alloc(0), isClosed: true }),
    });
    socket.write(bytes);
  });
}

describe('one port for plain text and TLS', () => {
  it('takes both in permissive mode, with a certificate of its own in test mode', async () => {
    const address = await start({});
    const body = Buffer.alloc(300_000, 7);
    const secure = await ask(true, address, body);
    expect(secure.remark).toMatch(/^tls 127\.0\.0\.1:\d+$/);
    expect(secure.body?.equals(body)).toBe(true);
    expect((await ask(false, address)).remark).toMatch(/^plain /);
  });

  it('takes TLS only in enforcing mode', async () => {
    const address = await start({ tls: { ...DEFAULT_TLS_SERVER_SETTINGS, mode: 'enforcing' } });
    expect((await ask(true, address)).remark).toMatch(/^tls /);
    await expect(ask(false, address)).rejects.toMatchObject({ code: 'REMOTING_SEND_FAILED' });
  });

  it('takes plain text only when TLS is disabled', async () => {
    const address = await start({ tls: { ...DEFAULT_TLS_SERVER_SETTINGS, mode: 'disabled' } });
    expect((await ask(false, address)).remark).toMatch(/^plain /);
    await expect(ask(true, address)).rejects.toMatchObject({ code: 'REMOTING_CONNECT_FAILED' });
  });

  it('closes TLS connections when there is no key, and goes on with plain ones', async () => {
    const address = await start({ tls: { ...DEFAULT_TLS_SERVER_SETTINGS, isTestMode: false } });
    await expect(ask(true, address)).rejects.toMatchObject({ code: 'REMOTING_CONNECT_FAILED' });
    expect((await ask(false, address)).remark).toMatch(/^plain /);
  });

  it('keeps the frames of its connections apart, however they are cut', async () => {
    const address = await start({});
    const clients = Array.from({ length: 6 }, (_, at) => newClient(at === 0));
    const asked = clients.flatMap((client, at) =>
      Array.from({ length: 20 }, async (_, index) => {
        const body = Buffer.alloc(1 + index * 9_973, at * 32 + index);
        const answer = await client.invoke(address, whoAmI, {}, { timeoutMs: 5_000, body });
        return answer.body?.equals(body);
      }),
    );
    expect(new Set(await Promise.all(asked))).toEqual(new Set([true]));
  });

  it('closes a connection whose handshake is none', async () => {
    const address = await start({});
    const { answer } = await sendBytes(address, Buffer.from([0x16, 0x03, 0x01, 0, 4, 9, 9, 9, 9]));
    // Nothing, or TLS's own alert.
    expect(answer.length).toBeLessThanOrEqual(7);
    expect((await ask(true, address)).remark).toMatch(/^tls /);
  });
});

describe('a PROXY header', () => {
  const header = Buffer.from('{"code":28,"opaque":5}');
  const frame = Buffer.concat([
    Buffer.from([0, 0, 0, header.length + 4, 0, 0, 0, header.length]),
    header,
  ]);
  const v1 = Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n');
  const v2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c6336401dc0401bb', 'hex');

  it.each([
    ['v1', v1],
    ['v2', v2],
  ])('of version %s names the peer behind the proxy', async (_name, proxy) => {
    const address = await start({ acceptsProxyHeader: true });
    const { answer } = await sendBytes(address, Buffer.concat([proxy, frame]));
    expect(answer.toString('latin1')).toContain('plain 192.0.2.7:56324');
  });

  it('is refused like any other bytes by a server that stands behind no proxy', async () => {
    const address = await start({});
    expect((await sendBytes(address, Buffer.concat([v1, frame]))).isClosed).toBe(true);
  });

  it('is recognised wherever it is cut', () => {
    for (const whole of [v1, v2]) {
      const bytes = Buffer.concat([whole, frame]);
      for (let at = 1; at < whole.length; at++) {
        expect(parseProxyHeader(bytes.subarray(0, at)).kind).toBe('incomplete');
      }
      expect(parseProxyHeader(bytes)).toEqual({
        kind: 'header',
        sizeBytes: whole.length,
        source: { host: '192.0.2.7', port: 56_324 },
      });
    }
    expect(parseProxyHeader(frame).kind).toBe('none');
    expect(parseProxyHeader(Buffer.from('PROXY UNKNOWN\r\n'))).toEqual({
      kind: 'header',
      sizeBytes: 15,
    });
  });

  it('that is malformed is an error of its own', () => {
    for (const text of [
      'PROXY TCP4 nobody here 1 2\r\n',
      'PROXY TCP4 1.2.3.4 5.6.7.8 99999 1\r\n',
      `PROXY ${'x'.repeat(120)}`,
    ]) {
      expect(() => parseProxyHeader(Buffer.from(text))).toThrow(
        expect.objectContaining({ code: 'PROXY_HEADER_MALFORMED' }),
      );
    }
  });
});

describe('the tls.* settings', () => {
  it('have the defaults of the reference', () => {
    expect(tlsServerSettings({})).toMatchObject({
      mode: 'permissive',
      isTestMode: true,
      needClientAuth: 'none',
      authClient: false,
    });
    expect(tlsClientSettings({})).toMatchObject({ isEnabled: false, authServer: false });
    expect(tlsClientSettings({ 'tls.server.mode': 'enforcing' }).isEnabled).toBe(true);
  });

  it('that are none of the known ones are named', () => {
    expect(() => tlsServerSettings({ 'tls.server.mode': 'maybe' })).toThrow(
      'tls.server.mode is "maybe", expected disabled, permissive, enforcing',
    );
  });

  it('that name a file which is not there stop the start', async () => {
    await expect(
      start({
        tls: tlsServerSettings({
          'tls.test.mode.enable': 'false',
          'tls.server.keyPath': '/nowhere/key.pem',
          'tls.server.certPath': '/nowhere/cert.pem',
        }),
      }),
    ).rejects.toMatchObject({ code: 'TLS_SETTINGS_INVALID' });
  });
});
