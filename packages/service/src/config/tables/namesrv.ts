import { intKey } from '../key.ts';
import { type ConfigValues, defineConfig } from '../table.ts';
import { namesrvKeys } from './namesrv-keys.ts';
import { nettyServerKeys } from './netty-keys.ts';
import { processKeys } from './process-keys.ts';
import { tlsKeys } from './tls-keys.ts';

/** Everything a name server's file may set. */
export const namesrvConfig = defineConfig('namesrv', {
  NamesrvConfig: namesrvKeys,
  NettyServerConfig: {
    listenPort: intKey(9876, 'TCP port; brokers and clients connect to it.', {
      effect: 'start',
      min: 0,
      max: 65_535,
    }),
    ...nettyServerKeys,
  },
  TLS: tlsKeys,
  Process: processKeys,
});

/** A name server's settings, live: a key that may change while it runs is to be read at each use. */
export type NamesrvConfig = ConfigValues<typeof namesrvConfig>;
