import { createServer, type Server } from 'node:net';
import { RocketMqError } from '@orbitmq/kernel';

/** How often another random port is tried before giving up: a machine without 3 free neighbours in 50 tries is full. */
const MAX_TRIES = 50;

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = await listen(0);
  if (server === undefined) throw new RocketMqError('no free port', { code: 'NO_FREE_PORT' });
  const port = portOf(server);
  await close(server);
  return port;
}

/**
 * A port for a broker: it, the one two below (the fast remoting port that brokers open as well)
 * and the one above (the HA port's default) are free.
 */
export async function freeBrokerPort(): Promise<number> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const port = await freePort();
    if (port < 1_026 || port > 65_534) continue;
    const servers = await Promise.all([port - 2, port, port + 1].map((one) => listen(one)));
    const isFree = servers.every((server) => server !== undefined);
    await Promise.all(servers.filter((server) => server !== undefined).map(close));
    if (isFree) return port;
  }
  throw new RocketMqError('no three free neighbouring ports', { code: 'NO_FREE_PORT' });
}
