import { createPrivateKey } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { errorCode } from '@orbitmq/kernel';
import { defineCommand } from '@orbitmq/protocol';
import { type SelfSignedCertificate, selfSignedCertificate, systemClock } from '@orbitmq/runtime';
import { CrashableDisk, settled, VirtualTime } from '@orbitmq/testkit';
import { RemotingClient } from './client.ts';
import { RemotingServer } from './server.ts';
import { type TlsProperties, tlsClientSettings, tlsServerSettings } from './tls-settings.ts';

const PASSWORD = 'a password';
const ping = defineCommand({ code: 28, name: 'PING' });
const opened: { close(): Promise<void> }[] = [];
let serverPair: SelfSignedCertificate;
let clientPair: SelfSignedCertificate;
let disk: CrashableDisk;

const SERVER_FILES: TlsProperties = {
  'tls.test.mode.enable': 'false',
  'tls.server.mode': 'enforcing',
  'tls.server.keyPath': '/server.key',
  'tls.server.keyPassword': PASSWORD,
  'tls.server.certPath': '/server.pem',
};
const CLIENT_FILES: TlsProperties = {
  'tls.test.mode.enable': 'false',
  'tls.enable': 'true',
  'tls.client.authServer': 'true',
  'tls.client.trustCertPath': '/server.pem',
};
const CLIENT_CERTIFICATE: TlsProperties = {
  'tls.client.keyPath': '/client.key',
  'tls.client.certPath': '/client.pem',
};

function encrypted(key: string): string {
  const options = {
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: PASSWORD,
  } as const;
  return createPrivateKey(key).export(options).toString();
}

async function start(properties: TlsProperties, timers?: VirtualTime): Promise<string> {
  const server = new RemotingServer({
    port: 0,
    host: '127.0.0.1',
    tls: tlsServerSettings({ ...SERVER_FILES, ...properties }),
    disk,
    timers,
  });
  server.register(ping, () => ({}));
  const { port } = await server.listen();
  opened.push(server);
  return `127.0.0.1:${port}`;
}

/** The answer's code, or the code of the error. */
async function ask(address: string, properties: TlsProperties = {}): Promise<number | string> {
  const tls = tlsClientSettings({ ...CLIENT_FILES, ...properties });
  await using client = new RemotingClient({ tls, disk });
  try {
    return (await client.invoke(address, ping, {}, { timeoutMs: 5_000 })).code;
  } catch (thrown) {
    return errorCode(thrown) ?? 'no code';
  }
}

beforeAll(async () => {
  serverPair = await selfSignedCertificate('server', systemClock);
  clientPair = await selfSignedCertificate('client', systemClock);
});

beforeEach(() => {
  disk = new CrashableDisk();
  disk.put('/server.key', encrypted(serverPair.key));
  disk.put('/server.pem', serverPair.cert);
  disk.put('/client.key', clientPair.key);
  disk.put('/client.pem', clientPair.cert);
});

afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

describe('TLS with files', () => {
  it('serves a key that has a password to clients that trust its certificate, and to no others', async () => {
    const address = await start({});
    expect(await ask(address)).toBe(0);
    expect(await ask(address, { 'tls.client.trustCertPath': '/client.pem' })).toBe(
      'REMOTING_CONNECT_FAILED',
    );
    expect(await ask(address, { 'tls.client.authServer': 'false' })).toBe(0);
  });

  it('does not start with a password that does not fit', async () => {
    await expect(start({ 'tls.server.keyPassword': 'another' })).rejects.toMatchObject({
      code: 'TLS_SETTINGS_INVALID',
    });
  });

  it('requires a certificate that it trusts from clients when told so', async () => {
    const address = await start({
      'tls.server.need.client.auth': 'require',
      'tls.server.authClient': 'true',
      'tls.server.trustCertPath': '/client.pem',
    });
    expect(await ask(address, CLIENT_CERTIFICATE)).toBe(0);
    expect(await ask(address)).toMatch(/^REMOTING_/);
    disk.put('/client.key', serverPair.key);
    disk.put('/client.pem', serverPair.cert);
    expect(await ask(address, CLIENT_CERTIFICATE)).toMatch(/^REMOTING_/);
  });

  it('requires some certificate when it must be there but is not verified', async () => {
    const address = await start({ 'tls.server.need.client.auth': 'require' });
    expect(await ask(address, CLIENT_CERTIFICATE)).toBe(0);
    expect(await ask(address)).toMatch(/^REMOTING_/);
  });

  it('takes clients without a certificate when it is optional, but none that is not trusted', async () => {
    const address = await start({
      'tls.server.need.client.auth': 'optional',
      'tls.server.authClient': 'true',
      'tls.server.trustCertPath': '/server.pem',
    });
    expect(await ask(address)).toBe(0);
    expect(await ask(address, CLIENT_CERTIFICATE)).toMatch(/^REMOTING_/);
  });

  it('serves new files without a restart, and keeps the old ones while the new do not fit', async () => {
    const time = new VirtualTime();
    disk.put('/plain.key', serverPair.key);
    const served = await start(
      { 'tls.server.keyPassword': '', 'tls.server.keyPath': '/plain.key' },
      time,
    );
    expect(await ask(served)).toBe(0);
    disk.put('/server.pem', clientPair.cert);
    time.pass(1_000);
    await settled();
    // The old certificate is still served: whoever trusts only the new one does not connect.
    expect(await ask(served)).toBe('REMOTING_CONNECT_FAILED');
    disk.put('/plain.key', clientPair.key);
    time.pass(1_000);
    await settled();
    expect(await ask(served)).toBe(0);
    const closing = Promise.all(opened.splice(0).map((thing) => thing.close()));
    await settled();
    time.pass(20_000);
    await closing;
  });
});
