/** Checkpoint, abort and lock files that are not what was written: all messages are served, or the start is refused. */
import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Logger, silentLogger } from '@orbitmq/kernel';
import {
  messagesOf,
  openStore,
  recordOf,
  type TestStoreOptions,
  temporaryDirectory,
  written,
} from '../test/stores.ts';
import type { MessageStore } from './message-store.ts';

const MESSAGES = 120;
const SETTINGS = { commitLogFileBytes: 8 * 1024, consumeQueueFileBytes: 400 };
const DAMAGED = 'the checkpoint is damaged: of it only what fits its checksums is used';

let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
/** Stores with the same messages. */
const paths = { stopped: '', killed: '' };
/** As it was when half of the messages were there. */
let olderCheckpoint: Buffer;

beforeAll(async () => {
  temporary = await temporaryDirectory();
  paths.stopped = join(temporary.path, 'stopped');
  paths.killed = join(temporary.path, 'killed');
  const store = await openStore(paths.stopped, { settings: SETTINGS });
  append(store, 0, MESSAGES / 2);
  await written(store);
  await store.flush();
  olderCheckpoint = await readFile(join(paths.stopped, 'checkpoint'));
  append(store, MESSAGES / 2, MESSAGES);
  await written(store);
  await store.flush();
  await cp(paths.stopped, paths.killed, { recursive: true });
  await rm(join(paths.killed, 'lock.owner'));
  await store.close();
});

afterAll(async () => {
  await temporary[Symbol.asyncDispose]();
});

function append(store: MessageStore, from: number, to: number): void {
  for (let number = from; number < to; number++) {
    store.append(store.queue('T', number % 2), recordOf(bodyOf(number), { KEYS: `k${number}` }));
  }
}

function bodyOf(number: number): string {
  return `message ${number} ${'x'.repeat(150)}`;
}

async function served(store: MessageStore): Promise<string[]> {
  const queues = [store.queue('T', 0), store.queue('T', 1)];
  const messages = await Promise.all(queues.map((queue) => messagesOf(store, queue)));
  return messages.flat().map(({ body }) => body.toString());
}

const ALL = [0, 1].flatMap((queueId) =>
  Array.from({ length: MESSAGES / 2 }, (_, index) => bodyOf(2 * index + queueId)),
);

type State = keyof typeof paths;

/** A copy of a store in which one file was changed, opened. */
async function withDamage<T>(
  state: State,
  damage: (directory: string) => Promise<void>,
  act: (open: () => Promise<MessageStore>, lines: readonly string[]) => Promise<T>,
): Promise<T> {
  const directory = join(temporary.path, 'copy');
  await cp(paths[state], directory, { recursive: true });
  const lines: string[] = [];
  const tell = (_fields: object, message: string): void => void lines.push(message);
  const log: Logger = { ...silentLogger, error: tell };
  try {
    await damage(directory);
    const options: TestStoreOptions = { settings: SETTINGS, log };
    return await act(() => openStore(directory, options), lines);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function flip(directory: string, position: number): Promise<void> {
  const path = join(directory, 'checkpoint');
  const bytes = await readFile(path);
  bytes[position] = (bytes[position] as number) ^ 0x10;
  await writeFile(path, bytes);
}

const STATES: readonly State[] = ['stopped', 'killed'];

describe.each(STATES)('a store that was %s', (state) => {
  it('serves everything whatever bit of its checkpoint is flipped, and tells of those in our part', async () => {
    const ours = [1024, 1033, 1040, 1050, 1060, 1066, 1073, 1081, 1090, 1097, 1103, 1105];
    for (const position of [0, 5, 8, 16, 24, 500, ...ours, 4000]) {
      await withDamage(
        state,
        (directory) => flip(directory, position),
        async (open, lines) => {
          await using store = await open();
          expect([position, await served(store)]).toEqual([position, ALL]);
          const told = ours.includes(position) ? [DAMAGED] : [];
          expect([position, ...lines]).toEqual([position, ...told]);
        },
      );
    }
  });

  it('serves everything with a checkpoint that is cut short, and tells so', async () => {
    for (const bytes of [0, 10, 24, 1030, 1045, 4095]) {
      await withDamage(
        state,
        (directory) => truncate(join(directory, 'checkpoint'), bytes),
        async (open, lines) => {
          await using store = await open();
          expect([bytes, await served(store)]).toEqual([bytes, ALL]);
          expect(lines).toEqual([DAMAGED]);
        },
      );
    }
  });

  it('serves everything with an older checkpoint in the place of its own', async () => {
    await withDamage(
      state,
      (directory) => writeFile(join(directory, 'checkpoint'), olderCheckpoint),
      async (open) => {
        await using store = await open();
        expect(await served(store)).toEqual(ALL);
      },
    );
  });

  it('serves everything when abort is there or not, or holds anything', async () => {
    const damages = [
      (path: string) => rm(path, { force: true }),
      (path: string) => writeFile(path, Buffer.alloc(5000, 7)),
    ];
    for (const damage of damages) {
      await withDamage(
        state,
        (directory) => damage(join(directory, 'abort')),
        async (open) => {
          await using store = await open();
          expect(await served(store)).toEqual(ALL);
        },
      );
    }
  });

  it('starts whatever its lock files hold', async () => {
    for (const content of ['', 'x', '\0'.repeat(100), '1', '99999999999 99\n']) {
      await withDamage(
        state,
        async (directory) => {
          await writeFile(join(directory, 'lock'), content);
          await writeFile(join(directory, 'lock.owner'), content);
        },
        async (open) => {
          await using store = await open();
          expect(await served(store)).toEqual(ALL);
        },
      );
    }
  });
});

it('refuses the checkpoint of a longer log, naming the log and what to do', async () => {
  const longer = join(temporary.path, 'longer');
  const store = await openStore(longer, { settings: SETTINGS });
  append(store, 0, 4 * MESSAGES);
  await written(store);
  await store.close();
  await withDamage(
    'stopped',
    (directory) => cp(join(longer, 'checkpoint'), join(directory, 'checkpoint')),
    async (open) => {
      await expect(open()).rejects.toMatchObject({
        code: 'STORE_DAMAGED',
        message: expect.stringMatching(/commitlog.*remove .*checkpoint/),
      });
    },
  );
});
