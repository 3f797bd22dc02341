import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { build } from 'hdr-histogram-js';
import { runLoop } from '../src/load-loop.ts';
import { pullQueue } from '../src/pull-loop.ts';
import { singleSends } from '../src/send-row.ts';

const servers: { close(): void }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Answers every request after `delayMs()`, in order. */
function startAnswerer(delayMs: () => number): Promise<number> {
  const server = createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      const opaques: string[] = [];
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const end = 4 + rest.readInt32BE(0);
        opaques.push(/"opaque":(\d+)/.exec(rest.toString('latin1', 8, end))?.[1] ?? '');
        rest = rest.subarray(end);
      }
      setTimeout(() => answer(socket, opaques), delayMs()).unref();
    });
    socket.on('error', () => socket.destroy());
  });
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function answer(socket: Socket, opaques: readonly string[]): void {
  for (const opaque of opaques) {
    const header = Buffer.from(`{"code":0,"flag":1,"opaque":${opaque}}`);
    const prefix = Buffer.alloc(8);
    prefix.writeInt32BE(4 + header.length, 0);
    prefix.writeInt32BE(header.length, 4);
    if (socket.writable) socket.write(Buffer.concat([prefix, header]));
  }
}

describe('a loop of pulls', () => {
  it('fails when the broker ends the connection', async () => {
    const server = createServer((socket) => socket.end());
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as { readonly port: number };
    const pulled = pullQueue({ port, topic: 'T', queueId: 0, batch: 1, latencies: build() });
    await expect(pulled).rejects.toThrow('the broker ended the connection');
  });
});

describe('a load loop', () => {
  it('that is closed sends as many requests as it is told and counts their answers', async () => {
    const port = await startAnswerer(() => 0);
    const latencies = build();
    const nowMs = performance.now();
    const result = await runLoop({
      port,
      window: 7,
      frames: singleSends(10),
      latencies,
      measureFromMs: nowMs,
      endMs: nowMs + 20_000,
      maxRequests: 500,
    });
    expect(result).toEqual({ answered: 500, failed: 0 });
    expect(latencies.totalCount).toBe(500);
  });

  it('ends when the broker does not answer any more', async () => {
    const port = await startAnswerer(() => 60_000);
    const nowMs = performance.now();
    const run = runLoop({
      port,
      window: 7,
      frames: singleSends(10),
      latencies: build(),
      measureFromMs: nowMs,
      endMs: nowMs + 100,
      maxSilenceMs: 200,
    });
    await expect(run).rejects.toThrow('answered nothing within 200 ms');
  });

  it('that is open counts the time that requests wait for a server that stalls', async () => {
    let isFirst = true;
    const port = await startAnswerer(() => {
      const delayMs = isFirst ? 400 : 0;
      isFirst = false;
      return delayMs;
    });
    const latencies = build();
    const nowMs = performance.now();
    await runLoop({
      port,
      window: 1,
      ratePerSecond: 100,
      frames: singleSends(10),
      latencies,
      measureFromMs: nowMs,
      endMs: nowMs + 20_000,
      maxRequests: 60,
    });
    // One request was under way; the forty that were due meanwhile waited, too: half of all longer than 100 ms.
    expect(latencies.totalCount).toBe(60);
    expect(latencies.getValueAtPercentile(50)).toBeGreaterThan(90_000);
  });
});
