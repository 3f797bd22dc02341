import { join } from 'node:path';
import { NameServer } from '@orbitmq/nameserver';
import { tlsServerSettings } from '@orbitmq/remoting';
import { namesrvConfig, type ServiceDefinition } from '@orbitmq/service';

/** The name server as a process. Source: NamesrvStartup.java. */
export const nameServerService: ServiceDefinition<typeof namesrvConfig> = {
  command: 'mqnamesrv',
  service: 'namesrv',
  component: 'Name server',
  table: namesrvConfig,
  logFile: 'namesrv',
  keptIn: ({ homeDirectory }) => join(homeDirectory, 'namesrv', 'namesrv.properties'),

  async start({ config, log }) {
    const tls = tlsServerSettings(config.tlsProperties());
    const server = new NameServer({ config, log, tls });
    const { port } = await server.start();
    log.info({ port }, 'name server listening');
    return {
      bootLine: 'The Name Server boot success. serializeType=JSON',
      close: () => server.close(),
    };
  },
};
