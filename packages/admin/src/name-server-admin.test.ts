import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getKvConfig, putKvConfig, ResponseCode } from '@orbitmq/protocol';
import { RemotingClient, RemotingServer, reply } from '@orbitmq/remoting';
import { MemoryNet, settled, VirtualTime } from '@orbitmq/testkit';
import { AdminCalls } from './calls.ts';
import { NameServerAdmin, ORDER_TOPIC_CONFIG } from './name-server-admin.ts';

const PORT = 9_876;

let server: RemotingServer;
let remoting: RemotingClient;
let admin: NameServerAdmin;
let orders: Map<string, string>;

beforeEach(async () => {
  const [net, time] = [new MemoryNet(), new VirtualTime()];
  server = new RemotingServer({ port: PORT, net, clock: time, timers: time });
  orders = new Map();
  server.register(getKvConfig, ({ namespace, key }) => {
    const value = namespace === ORDER_TOPIC_CONFIG ? orders.get(key) : undefined;
    return value === undefined ? reply({ code: ResponseCode.QUERY_NOT_FOUND }) : { value };
  });
  server.register(putKvConfig, ({ namespace, key, value }) => {
    if (namespace === ORDER_TOPIC_CONFIG) orders.set(key, value);
    return undefined;
  });
  await server.listen();
  remoting = new RemotingClient({ net, clock: time, timers: time });
  const nameServers = [`127.0.0.1:${PORT}`];
  admin = new NameServerAdmin(new AdminCalls({ remoting, nameServers }));
});

afterEach(async () => {
  const closing = Promise.all([remoting.close(), server.close()]);
  await settled();
  await closing;
});

describe('the order of a topic', () => {
  it('has a broker more for each that is named, and no other less', async () => {
    await admin.putOrderOfBroker('T', 'broker-a', 4);
    expect(orders.get('T')).toBe('broker-a:4');
    await admin.putOrderOfBroker('T', 'broker-b', 8);
    expect(orders.get('T')).toBe('broker-a:4;broker-b:8');
    await admin.putOrderOfBroker('T', 'broker-a', 2);
    expect(orders.get('T')).toBe('broker-a:2;broker-b:8');
  });
});
