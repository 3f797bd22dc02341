import { join } from 'node:path';
import { Broker, splitAddresses } from '@orbitmq/broker';
import { tlsServerSettings } from '@orbitmq/remoting';
import { brokerConfig, type ServiceDefinition } from '@orbitmq/service';

/** The broker as a process. Source: BrokerStartup.java. */
export const brokerService: ServiceDefinition<typeof brokerConfig> = {
  command: 'mqbroker',
  service: 'broker',
  component: 'Broker',
  table: brokerConfig,
  logFile: 'broker',
  keptIn: ({ homeDirectory }) => join(homeDirectory, 'store', 'config', 'broker.properties'),

  async start({ config, log }) {
    const { settings } = config;
    const broker = await Broker.start({
      config: settings,
      configAccess: config,
      log,
      tls: tlsServerSettings(config.tlsProperties()),
    });
    const nameServers = splitAddresses(settings.namesrvAddr).join(';');
    const registered = nameServers === '' ? '' : ` and name server is ${nameServers}`;
    return {
      bootLine: `The broker[${settings.brokerName}, ${broker.address}] boot success. serializeType=JSON${registered}`,
      close: () => broker.close(),
    };
  },
};
