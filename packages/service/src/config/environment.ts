import { availableParallelism, homedir, hostname, networkInterfaces } from 'node:os';
import type { ConfigEnvironment } from './key.ts';

/**
 * The machine and environment of this process. `USER_HOME`, if set, stands in for Java's
 * `-Duser.home`: where logs, store and configuration go by default.
 */
export function processEnvironment(): ConfigEnvironment {
  return {
    variables: process.env,
    homeDirectory: process.env['USER_HOME'] ?? homedir(),
    hostName: hostname(),
    localAddress: localAddress(),
    processors: availableParallelism(),
  };
}

/** The first IPv4 address that is not a loopback; the loopback when there is none. */
function localAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const address of addresses ?? []) {
      if (address.family === 'IPv4' && !address.internal) return address.address;
    }
  }
  return '127.0.0.1';
}
