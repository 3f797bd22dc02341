import { afterEach, describe, expect, it } from '@jest/globals';
import { type LogFields, type Logger, silentLogger } from '@orbitmq/kernel';
import {
  defineCommand,
  encodeCommand,
  FrameView,
  int32,
  type RemotingCommand,
  ResponseCode,
  readFrame,
  toCommand,
} from '@orbitmq/protocol';
import type { SocketListener } from '@orbitmq/runtime';
import { MemoryNet, settled, VirtualTime } from '@orbitmq/testkit';
import fc from 'fast-check';
import { reply } from './dispatcher.ts';
import type { ServerLimits } from './limits.ts';
import { RemotingServer, type RemotingServerOptions } from './server.ts';

const PORT = 10_911;
const work = defineCommand({ code: 30, name: 'WORK', request: { size: int32() } });
const hold = defineCommand({ code: 31, name: 'HOLD' });

interface Line {
  readonly level: string;
  readonly fields: LogFields;
  readonly message: string;
}

function recordingLogger(lines: Line[]): Logger {
  return {
    ...silentLogger,
    warn: (fields, message) => lines.push({ level: 'warn', fields, message }),
    error: (fields, message) => lines.push({ level: 'error', fields, message }),
  };
}

function frame(
  code: number,
  extFields: Record<string, string> = {},
  more: Partial<RemotingCommand> = {},
): Buffer {
  return encodeCommand({
    code,
    language: 0,
    version: 407,
    opaque: 1,
    flag: 0,
    extFields,
    serializeType: 0,
    ...more,
  });
}

/** A peer that speaks bytes. */
class Peer implements SocketListener {
  #bytes: Buffer = Buffer.alloc(0);
  isClosed = false;
  readonly net: MemoryNet;
  readonly answers: RemotingCommand[] = [];
  readonly #view = new FrameView();

  constructor(net: MemoryNet) {
    this.net = net;
  }

  onData(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      const size = readFrame(this.#bytes, 0, this.#bytes.length, this.#view);
      if (size === 0) return;
      this.answers.push(toCommand(this.#view));
      this.#bytes = this.#bytes.subarray(size);
    }
  }

  onDrain(): void {
    // The peer's own writes are small.
  }

  onClose(): void {
    this.isClosed = true;
  }
}

interface Rig {
  readonly net: MemoryNet;
  readonly time: VirtualTime;
  readonly server: RemotingServer;
  readonly lines: Line[];
  readonly release: () => void;
  /** Connects; what is sent goes to the server. */
  readonly connect: () => Promise<{ peer: Peer; send: (bytes: Buffer) => void }>;
}

const rigs: Rig[] = [];

async function rig(
  limits: Partial<ServerLimits> = {},
  options: Partial<RemotingServerOptions> = {},
): Promise<Rig> {
  const net = new MemoryNet();
  const time = new VirtualTime();
  const lines: Line[] = [];
  const log = recordingLogger(lines);
  const server = new RemotingServer({
    port: PORT,
    net,
    clock: time,
    timers: time,
    limits,
    log,
    ...options,
  });
  server.register(work, ({ size }) => reply({ body: Buffer.alloc(size) }));
  const releases: (() => void)[] = [];
  server.register(
    hold,
    () =>
      new Promise((resolve) => {
        releases.push(() => resolve({}));
      }),
  );
  await server.listen();
  const connect: Rig['connect'] = async () => {
    const peer = new Peer(net);
    const socket = await net.connect({ host: '127.0.0.1', port: PORT, timeoutMs: 1000 });
    socket.start(peer);
    return { peer, send: (bytes) => socket.write(bytes) };
  };
  const release = (): void => {
    for (const one of releases.splice(0)) one();
  };
  const made = { net, time, server, lines, release, connect };
  rigs.push(made);
  return made;
}

afterEach(async () => {
  for (const { server, time, release } of rigs.splice(0)) {
    const closing = server.close();
    await settled();
    release();
    await settled();
    time.pass(20_000);
    await settled();
    time.pass(20_000);
    await closing;
  }
});

describe('a server under bad input', () => {
  it('closes the connection with one logged reason, and other connections notice nothing', async () => {
    const { connect, lines, server } = await rig();
    const good = await connect();
    const bad = await connect();
    bad.send(Buffer.from([0, 0, 0, 40, 0, 0, 0, 36, ...Buffer.from('{"code":30,')]));
    bad.send(Buffer.alloc(40, 0x7b));
    await settled();
    expect(bad.peer.isClosed).toBe(true);
    expect(lines.map(({ message }) => message)).toEqual(['connection closed for its bytes']);
    expect(server.connections.size).toBe(0);
    good.send(frame(work.code, { size: '3' }));
    await settled();
    expect(good.peer.answers[0]?.body).toHaveLength(3);
  });

  it('logs no more than a bounded number of lines, however often it happens', async () => {
    const { connect, lines, time } = await rig();
    for (let count = 0; count < 200; count++) {
      const { send } = await connect();
      send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
      await settled();
    }
    expect(lines).toHaveLength(20);
    time.pass(11_000);
    const { send } = await connect();
    send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await settled();
    expect(lines[20]).toMatchObject({ fields: { omittedLines: 180 } });
  });

  it('answers every whole frame that came before the bad bytes', async () => {
    const { connect } = await rig();
    const { peer, send } = await connect();
    send(Buffer.concat([frame(work.code, { size: '1' }), Buffer.alloc(16, 0xff)]));
    await settled();
    expect(peer.isClosed).toBe(true);
  });

  it('keeps serving whatever bytes come on other connections', async () => {
    const { connect } = await rig({ handshakeMs: 50 });
    const good = await connect();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 80 }), async (bytes) => {
        const bad = await connect();
        bad.send(Buffer.from(bytes));
        await settled();
        good.send(frame(work.code, { size: '1' }));
        const before = good.peer.answers.length;
        await settled();
        expect(good.peer.answers.length).toBe(before + 1);
      }),
      { numRuns: 100 },
    );
  });

  it('says which header field is wrong', async () => {
    const { connect } = await rig();
    const { peer, send } = await connect();
    send(frame(work.code, { size: 'many' }));
    send(frame(work.code));
    await settled();
    expect(peer.answers.map(({ code, remark }) => [code, remark])).toEqual([
      [ResponseCode.SYSTEM_ERROR, expect.stringContaining('size')],
      [ResponseCode.SYSTEM_ERROR, expect.stringContaining('size')],
    ]);
  });

  it('reads ext fields that are numbers as text, as Java does', async () => {
    const { connect } = await rig();
    const { peer, send } = await connect();
    const header = Buffer.from('{"code":30,"opaque":5,"extFields":{"size":4}}');
    const prefix = Buffer.from([0, 0, 0, header.length + 4, 0, 0, 0, header.length]);
    send(Buffer.concat([prefix, header]));
    await settled();
    expect(peer.answers[0]).toMatchObject({ code: 0, opaque: 5 });
    expect(peer.answers[0]?.body).toHaveLength(4);
  });

  it('does not answer one-way requests, not even those that fail', async () => {
    const { connect } = await rig();
    const { peer, send } = await connect();
    send(frame(work.code, { size: '1' }, { flag: 2 }));
    send(frame(work.code, {}, { flag: 2 }));
    send(frame(999, {}, { flag: 2 }));
    await settled();
    expect(peer.answers).toEqual([]);
  });

  it('answers in the encoding of the request', async () => {
    const { connect } = await rig();
    const { peer, send } = await connect();
    send(frame(work.code, { size: '1' }, { serializeType: 1 }));
    send(frame(work.code, { size: '1' }, { serializeType: 0 }));
    send(frame(999, {}, { serializeType: 1 }));
    await settled();
    expect(peer.answers.map(({ serializeType }) => serializeType)).toEqual([1, 0, 1]);
  });

  it('lets the request check refuse before any handler sees the request', async () => {
    const { connect, server } = await rig(
      {},
      {
        requestCheck: () => {
          throw new TypeError('no signature here');
        },
      },
    );
    let raw = 0;
    server.registerRaw(10, () => raw++);
    const { peer, send } = await connect();
    send(frame(10));
    await settled();
    expect(raw).toBe(0);
    expect(peer.answers[0]).toMatchObject({ code: 1 });
    expect(peer.answers[0]?.remark).not.toContain('signature');
  });

  it('turns the codes of errors into response codes by the table it was given', async () => {
    const { connect, server, lines } = await rig({}, { errorCodes: { FRAME_TOO_LARGE: 13 } });
    server.register(hold, () => reply({ body: Buffer.alloc(17_000_000) }));
    const { peer, send } = await connect();
    send(frame(hold.code));
    await settled();
    expect(peer.answers[0]).toMatchObject({ code: 13 });
    expect(lines).toEqual([]);
  });
});

describe('the bounds of a server', () => {
  it('answer SYSTEM_BUSY to requests beyond those in flight, and take more when some are done', async () => {
    const { connect, release, server } = await rig({ maxInFlight: 2 });
    const { peer, send } = await connect();
    for (let opaque = 1; opaque <= 3; opaque++) send(frame(hold.code, {}, { opaque }));
    await settled();
    expect(peer.answers).toEqual([
      expect.objectContaining({
        code: ResponseCode.SYSTEM_BUSY,
        opaque: 3,
        remark: '[OVERLOAD]system busy, start flow control for a while',
      }),
    ]);
    release();
    await settled();
    expect(server.inFlight).toBe(0);
    send(frame(work.code, { size: '0' }, { opaque: 4 }));
    await settled();
    expect(peer.answers.map(({ opaque, code }) => [opaque, code])).toEqual([
      [3, 2],
      [1, 0],
      [2, 0],
      [4, 0],
    ]);
  });

  it('count in-flight requests per connection, and their bodies together', async () => {
    const { connect } = await rig({ maxInFlightPerConnection: 1, maxInFlightBytes: 1000 });
    const first = await connect();
    const second = await connect();
    first.send(frame(hold.code, {}, { opaque: 1, body: Buffer.alloc(600) }));
    first.send(frame(hold.code, {}, { opaque: 2 }));
    second.send(frame(hold.code, {}, { opaque: 3, body: Buffer.alloc(600) }));
    await settled();
    expect([first.peer.answers.length, second.peer.answers.length]).toEqual([1, 1]);
    second.send(frame(work.code, { size: '0' }, { opaque: 4, body: Buffer.alloc(300) }));
    await settled();
    expect(second.peer.answers[1]).toMatchObject({ opaque: 4, code: 0 });
  });

  it('close connections beyond those allowed', async () => {
    const { connect, server } = await rig({ maxConnections: 2 });
    const peers = [await connect(), await connect(), await connect()];
    for (const { send } of peers) send(frame(work.code, { size: '0' }));
    await settled();
    expect(peers.map(({ peer }) => peer.isClosed)).toEqual([false, false, true]);
    expect(server.connections.size).toBe(2);
  });

  it('stop reading from a peer that does not read, and go on where they stopped', async () => {
    const { connect, net } = await rig({ pauseUnsentBytes: 10_000, maxUnsentBytes: 1_000_000 });
    const { peer, send } = await connect();
    send(frame(work.code, { size: '1' }));
    await settled();
    const socket = net.accepted[0];
    if (socket === undefined) throw new Error('not accepted');
    socket.isBlocked = true;
    send(frame(work.code, { size: '20000' }, { opaque: 2 }));
    await settled();
    expect(socket.isPaused).toBe(true);
    for (let opaque = 3; opaque < 300; opaque++)
      send(frame(work.code, { size: '20000' }, { opaque }));
    await settled();
    expect(socket.unsentBytes).toBeLessThan(30_000);
    for (let turn = 0; turn < 300; turn++) {
      socket.unblock();
      await settled();
    }
    expect(peer.answers).toHaveLength(299);
  });

  it('close a connection whose peer takes nothing while more and more is made for it', async () => {
    const { connect, net, lines } = await rig({
      pauseUnsentBytes: 10_000,
      maxUnsentBytes: 100_000,
    });
    const { peer, send } = await connect();
    send(frame(work.code, { size: '1' }));
    await settled();
    const socket = net.accepted[0];
    if (socket === undefined) throw new Error('not accepted');
    socket.isBlocked = true;
    send(frame(work.code, { size: '200000' }));
    await settled();
    expect(peer.isClosed).toBe(true);
    expect(lines.map(({ fields }) => fields['reason'])).toEqual(['peer does not read']);
  });

  it('close those that read least when all unsent output together is too much', async () => {
    const { connect, net, time } = await rig({
      pauseUnsentBytes: 10_000_000,
      maxUnsentBytes: 10_000_000,
      maxUnsentTotalBytes: 100_000,
    });
    const peers: Peer[] = [];
    for (const size of ['20000', '90000', '30000']) {
      const { peer, send } = await connect();
      send(frame(work.code, { size: '0' }));
      await settled();
      for (const socket of net.accepted) socket.isBlocked = true;
      send(frame(work.code, { size }));
      await settled();
      peers.push(peer);
    }
    time.pass(1_000);
    await settled();
    expect(peers.map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
  });

  it('close no connection for being idle when the idle time is 0', async () => {
    const { connect, time } = await rig({ idleMs: 0 });
    const used = await connect();
    used.send(frame(work.code, { size: '0' }));
    const silent = await connect();
    await settled();
    time.pass(10_000_000);
    await settled();
    expect(used.peer.answers).toHaveLength(1);
    expect([used.peer.isClosed, silent.peer.isClosed]).toEqual([false, false]);
  });

  it('close a connection on which nothing went for the idle time, and no sooner', async () => {
    const { connect, time } = await rig({ idleMs: 120_000 });
    const idle = await connect();
    const busy = await connect();
    const silent = await connect();
    idle.send(frame(work.code, { size: '0' }));
    for (let seconds = 0; seconds < 119; seconds++) {
      busy.send(frame(work.code, { size: '0' }));
      await settled();
      time.pass(1_000);
    }
    expect([idle.peer.isClosed, busy.peer.isClosed, silent.peer.isClosed]).toEqual([
      false,
      false,
      false,
    ]);
    time.pass(3_000);
    await settled();
    expect([idle.peer.isClosed, busy.peer.isClosed, silent.peer.isClosed]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('closing a server', () => {
  it('waits for requests in flight and sends their answers', async () => {
    const { connect, release, server } = await rig();
    const { peer, send } = await connect();
    send(frame(hold.code, {}, { opaque: 9 }));
    await settled();
    const closing = server.close();
    await settled();
    expect(peer.isClosed).toBe(false);
    send(frame(work.code, { size: '0' }, { opaque: 10 }));
    await settled();
    release();
    await settled();
    await closing;
    expect(peer.answers.map(({ opaque }) => opaque)).toEqual([9]);
    expect(peer.isClosed).toBe(true);
    await server.close();
  });

  it('does not wait longer than its bound', async () => {
    const { connect, server, time } = await rig({ closeMs: 5_000 });
    const { peer, send } = await connect();
    send(frame(hold.code));
    await settled();
    let isClosed = false;
    const closing = server.close().then(() => {
      isClosed = true;
    });
    await settled();
    time.pass(4_900);
    await settled();
    expect(isClosed).toBe(false);
    time.pass(200);
    await settled();
    await closing;
    expect(peer.isClosed).toBe(true);
  });
});
