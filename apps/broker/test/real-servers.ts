/** A broker and a name server on sockets of this machine, in this process. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Broker } from '@orbitmq/broker';
import { NameServer } from '@orbitmq/nameserver';
import { tlsServerSettings } from '@orbitmq/remoting';
import { brokerConfig, LiveConfig, namesrvConfig } from '@orbitmq/service';

function properties(settings: Readonly<Record<string, string>>) {
  return Object.entries(settings).map(([key, value]) => ({ key, value, line: 0 }));
}

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** @param settings beside a free port and a store in `directory` */
export async function startBroker(
  directory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Broker> {
  const config = new LiveConfig(brokerConfig);
  const fixed = {
    storePathRootDir: directory,
    listenPort: String(await freePort()),
    brokerName: 'broker-a',
    brokerIP1: '127.0.0.1',
    brokerIP2: '127.0.0.1',
    namesrvAddr: '',
  };
  config.apply(properties({ ...fixed, ...settings }), 'test');
  const tls = tlsServerSettings(config.tlsProperties());
  return Broker.start({ config: config.settings, configAccess: config, tls });
}

/** A name server that keeps its file in `directory`; on a free port when none is given. */
export async function startNameServer(
  directory: string,
  port = 0,
  settings: Readonly<Record<string, string>> = {},
): Promise<NameServer> {
  const config = new LiveConfig(namesrvConfig);
  const kvConfigPath = join(directory, 'kvConfig.json');
  config.apply(properties({ listenPort: String(port), kvConfigPath, ...settings }), 'test');
  const nameServer = new NameServer({ config, tls: tlsServerSettings(config.tlsProperties()) });
  await nameServer.start();
  return nameServer;
}
