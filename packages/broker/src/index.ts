export { Broker, type BrokerOptions, splitAddresses } from './broker.ts';
export type { BrokerConfig } from './broker-config.ts';
