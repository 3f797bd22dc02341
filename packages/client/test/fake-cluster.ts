/** Name servers and brokers of a test, behind real ports. */
import { getRouteInfoByTopic, printTopicRouteData, ResponseCode } from '@orbitmq/protocol';
import { RemotingServer, reply } from '@orbitmq/remoting';

const HOST = '127.0.0.1';

export class FakeCluster implements AsyncDisposable {
  readonly #closers: (() => Promise<void>)[] = [];

  /** Closed before everything that was opened earlier. */
  onClose(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Starts a server that `register` makes a broker or a name server of; returns its address. */
  async startServer(register: (server: RemotingServer) => void): Promise<string> {
    const server = new RemotingServer({ host: HOST, port: 0 });
    register(server);
    const { port } = await server.listen();
    this.onClose(() => server.close());
    return `${HOST}:${port}`;
  }

  /** A name server that knows these topics, each with a queue on each broker; others do not exist. */
  startNameServer(brokers: readonly string[], topics: readonly string[] = ['T']): Promise<string> {
    const route = {
      brokerDatas: brokers.map((address, index) => {
        return { brokerName: `b${index}`, cluster: 'C', brokerAddrs: new Map([[0, address]]) };
      }),
      queueDatas: brokers.map((_address, index) => {
        const counts = { readQueueNums: 1, writeQueueNums: 1 };
        return { brokerName: `b${index}`, perm: 6, ...counts, topicSysFlag: 0 };
      }),
      filterServerTable: new Map(),
    };
    return this.startServer((server) => {
      server.register(getRouteInfoByTopic, ({ topic }) => {
        if (!topics.includes(topic)) return reply({ code: ResponseCode.TOPIC_NOT_EXIST });
        return reply({ body: printTopicRouteData(route) });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) await close();
  }
}

/** Waits, at most ten seconds, until something holds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadlineMs = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadlineMs) throw new Error(`not within 10 s: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}
