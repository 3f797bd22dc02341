/**
 * Frames of official clients, changed at random, against a broker and a name server on sockets: nothing
 * ends, nothing hangs, memory stays in bounds, and a healthy client beside them notices nothing.
 *
 * FUZZ_SEED and FUZZ_FRAMES choose another run: a failure tells its seed.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Broker } from '@orbitmq/broker';
import type { NameServer } from '@orbitmq/nameserver';
import { RequestCode, ResponseCode } from '@orbitmq/protocol';
import { SeededRandom } from '@orbitmq/testkit';
import { HealthyClient } from './healthy-client.ts';
import { mutate } from './mutations.ts';
import { RawPeer } from './raw-peer.ts';
import { freePort, startBroker, startNameServer } from './real-servers.ts';

jest.setTimeout(300_000);

const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 4000);
/** The first always runs; the others once brought something to light. */
const SEEDS = process.env['FUZZ_SEED'] === undefined ? [1] : [Number(process.env['FUZZ_SEED'])];
/** Frames between two looks at whether all is well. */
const ROUND = 100;
const CONNECTIONS = 8;
const MAX_GROWTH_BYTES = 400 * 1024 * 1024;

let directory: string;
let nameServer: NameServer;
let nameServerAddress: string;
let broker: Broker;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-fuzz-'));
  const port = await freePort();
  nameServer = await startNameServer(directory, port);
  nameServerAddress = `127.0.0.1:${port}`;
  broker = await startOne();
});

/** Of another name than the broker that the frames register. */
function startOne(): Promise<Broker> {
  return startBroker(join(directory, 'store'), {
    namesrvAddr: nameServerAddress,
    brokerName: 'broker-fuzzed',
  });
}

afterAll(async () => {
  await broker.close();
  await nameServer.close();
  await rm(directory, { recursive: true });
});

interface Recorded {
  readonly link: string;
  readonly dir: string;
  readonly request: number;
  /** Absent where only the fact was recorded. */
  readonly frame?: string;
}

/** Requests that change what the healthy client relies on: permissions, routes, the broker's settings. */
const SPARED: ReadonlySet<number> = new Set([
  RequestCode.UPDATE_BROKER_CONFIG,
  RequestCode.UPDATE_NAMESRV_CONFIG,
  RequestCode.WIPE_WRITE_PERM_OF_BROKER,
]);

function goldenFrames(link: string): Buffer[] {
  return ['4.9.7', '5.5.0'].flatMap((version) => {
    const file = new URL(
      `../../../packages/protocol/test-data/wire-${version}.jsonl`,
      import.meta.url,
    );
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Recorded)
      .filter((each) => each.link === link && !SPARED.has(each.request))
      .flatMap(({ frame }) => (frame === undefined ? [] : [Buffer.from(frame, 'base64')]));
  });
}

/** Connections that are made again when the server closes them. */
class Peers {
  readonly #address: string;
  readonly #peers: (RawPeer | undefined)[] = [];
  /** Connections that were made: one more than servers closed. */
  made = 0;

  constructor(address: string) {
    this.#address = address;
  }

  async send(index: number, bytes: Buffer): Promise<void> {
    let peer = this.#peers[index];
    if (peer === undefined || peer.isClosed) {
      peer = await RawPeer.connect(this.#address);
      this.#peers[index] = peer;
      this.made++;
    }
    peer.forget();
    peer.send(bytes);
  }

  async close(): Promise<void> {
    for (const peer of this.#peers) await peer?.[Symbol.asyncDispose]();
  }
}

async function fuzz(address: string, goldens: readonly Buffer[], seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const peers = new Peers(address);
  for (let sent = 0; sent < FRAMES; sent++) {
    const frame = mutate(random.pick(goldens), random, random.pick(goldens));
    await peers.send(random.below(CONNECTIONS), frame);
    if (sent % ROUND !== ROUND - 1) continue;
    await using judge = await RawPeer.connect(address);
    const { code } = await judge.ask({ code: 9999 });
    expect({ seed, sent, code }).toEqual({
      seed,
      sent,
      code: ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
    });
  }
  await peers.close();
  // Most frames get beyond their lengths and headers.
  expect(peers.made).toBeLessThan(FRAMES / 2);
}

it.each(SEEDS)('changed frames harm nobody, seed %d', async (seed) => {
  const healthy = await HealthyClient.start(nameServerAddress);
  const before = process.memoryUsage().rss;
  await fuzz(broker.address, goldenFrames('client-broker'), seed);
  await fuzz(
    nameServerAddress,
    [...goldenFrames('client-namesrv'), ...goldenFrames('broker-namesrv')],
    seed,
  );
  const { sent } = healthy;
  await healthy[Symbol.asyncDispose]();
  expect({ seed, failure: healthy.failure }).toEqual({ seed, failure: undefined });
  expect(sent).toBeGreaterThan(FRAMES / ROUND);
  expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES);
  await broker.close();
  broker = await startOne();
  expect(await healthyMessages()).toBeGreaterThanOrEqual(sent);
});

async function healthyMessages(): Promise<number> {
  await using peer = await RawPeer.connect(broker.address);
  let messages = 0;
  for (let queueId = 0; queueId < 4; queueId++) {
    const { extFields } = await peer.ask({
      code: RequestCode.GET_MAX_OFFSET,
      fields: { topic: 'Healthy', queueId: String(queueId) },
    });
    messages += Number(extFields?.['offset']);
  }
  return messages;
}
