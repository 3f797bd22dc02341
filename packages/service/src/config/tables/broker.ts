import { intKey } from '../key.ts';
import { type ConfigValues, defineConfig } from '../table.ts';
import { authKeys } from './auth-keys.ts';
import { brokerKeys } from './broker-keys.ts';
import { brokerKeysOf5 } from './broker-keys-5.ts';
import { legacyKeys } from './legacy-keys.ts';
import { nettyClientKeys, nettyServerKeys } from './netty-keys.ts';
import { processKeys } from './process-keys.ts';
import { storeKeys } from './store-keys.ts';
import { storeKeysOf5 } from './store-keys-5.ts';
import { tlsKeys } from './tls-keys.ts';

/** Everything a broker's file may set. */
export const brokerConfig = defineConfig('broker', {
  BrokerConfig: { ...brokerKeys, ...brokerKeysOf5 },
  NettyServerConfig: {
    listenPort: intKey(10911, 'TCP port; clients and name servers connect to it.', {
      effect: 'start',
      min: 0,
      max: 65_535,
    }),
    ...nettyServerKeys,
  },
  NettyClientConfig: nettyClientKeys,
  MessageStoreConfig: { ...storeKeys, ...storeKeysOf5 },
  AuthConfig: authKeys,
  TLS: tlsKeys,
  Process: processKeys,
  Legacy: legacyKeys,
});

/** A broker's settings, live: a key that may change while it runs is to be read at each use. */
export type BrokerConfig = ConfigValues<typeof brokerConfig>;
