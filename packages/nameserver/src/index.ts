export {
  DEFAULT_NAME_SERVER_SETTINGS,
  type NameServerConfig,
  type NameServerSettings,
} from './config.ts';
export { MAX_KV_ENTRIES, ORDER_TOPIC_CONFIG } from './kv-config.ts';
export { NameServer, type NameServerOptions } from './name-server.ts';
export { MAX_BROKERS, MAX_QUEUE_DATAS } from './routes/route-table.ts';
