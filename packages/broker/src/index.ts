export { Broker, type BrokerOptions, splitAddresses } from './broker.ts';
export type { BrokerConfig } from './broker-config.ts';
export type { ConfigAccess } from './handlers/broker-handlers.ts';
