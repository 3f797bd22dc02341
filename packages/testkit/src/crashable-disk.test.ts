import { describe, expect, it } from '@jest/globals';
import type { Disk } from '@orbitmq/runtime';
import { CrashableDisk } from './crashable-disk.ts';
import { SeededRandom } from './seeded-random.ts';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

async function write(disk: Disk, path: string, content: string, position = 0): Promise<void> {
  const file = await disk.open(path, 'create');
  await file.write(Buffer.from(content), 0, content.length, position);
  await file.close();
}

async function sync(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, 'read-write');
  await file.sync();
  await file.close();
}

async function textOf(disk: Disk, path: string): Promise<string | undefined> {
  const stat = await disk.stat(path);
  if (stat === undefined) return undefined;
  const file = await disk.open(path, 'read');
  const target = Buffer.alloc(stat.sizeBytes);
  await file.read(target, 0, target.length, 0);
  return target.toString('latin1');
}

async function putAndRemove(disk: CrashableDisk): Promise<void> {
  disk.put('/d/f', 'x');
  await disk.remove('/d/f');
}

async function lookAtIt(disk: Disk): Promise<string> {
  return String(await textOf(disk, '/d/f'));
}

/** What power cuts make of a disk, over many seeds. */
async function outcomes(
  prepare: (disk: CrashableDisk) => Promise<void>,
  look: (disk: Disk) => Promise<string>,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const seed of SEEDS) {
    const disk = new CrashableDisk();
    await prepare(disk);
    found.add(await look(disk.powerCut({ seed })));
  }
  return found;
}

describe('a power cut', () => {
  it('takes nothing of what was synced, file and name', async () => {
    const found = await outcomes(
      async (disk) => {
        await write(disk, '/f', 'kept');
        await sync(disk, '/f');
        await disk.syncDirectory('/');
      },
      async (disk) => String(await textOf(disk, '/f')),
    );
    expect([...found]).toEqual(['kept']);
  });

  it('may take a file whose directory was not synced', async () => {
    const found = await outcomes(
      async (disk) => {
        await write(disk, '/f', 'kept');
        await sync(disk, '/f');
      },
      async (disk) => String(await textOf(disk, '/f')),
    );
    expect(found).toEqual(new Set(['kept', 'undefined']));
  });

  it('keeps any subset of unsynced sectors, in any of the contents they had', async () => {
    const found = await outcomes(
      async (disk) => {
        disk.put('/f', 'a'.repeat(1024));
        await write(disk, '/f', 'b'.repeat(1024));
        await write(disk, '/f', 'c'.repeat(512));
      },
      async (disk) => {
        const content = (await textOf(disk, '/f')) as string;
        expect(content).toMatch(/^(a{512}|b{512}|c{512})(a{512}|b{512})$/);
        return `${content[0]}${content[1023]}`;
      },
    );
    expect(found).toEqual(new Set(['aa', 'ab', 'ba', 'bb', 'ca', 'cb']));
  });

  it('may undo a change of size', async () => {
    const found = await outcomes(
      async (disk) => {
        disk.put('/f', 'abc');
        const file = await disk.open('/f', 'read-write');
        await file.truncate(1);
        await file.truncate(6);
      },
      async (disk) => String((await textOf(disk, '/f'))?.length),
    );
    expect(found).toEqual(new Set(['1', '3', '6']));
  });

  it('does a rename as a whole or not at all', async () => {
    const found = await outcomes(
      async (disk) => {
        disk.put('/d/new', 'new');
        disk.put('/d/old', 'old');
        await disk.rename('/d/new', '/d/old');
      },
      async (disk) => `${await textOf(disk, '/d/new')} ${await textOf(disk, '/d/old')}`,
    );
    expect(found).toEqual(new Set(['new old', 'undefined new']));
  });

  it('may bring back what was removed until the directory was synced', async () => {
    expect(await outcomes(putAndRemove, lookAtIt)).toEqual(new Set(['x', 'undefined']));
    const synced = await outcomes(async (disk) => {
      await putAndRemove(disk);
      await disk.syncDirectory('/d');
    }, lookAtIt);
    expect(synced).toEqual(new Set(['undefined']));
  });

  it('does the same for the same seed', async () => {
    const found: (string | undefined)[] = [];
    for (let run = 0; run < 2; run++) {
      const disk = new CrashableDisk();
      disk.put('/f', 'a'.repeat(8192));
      await write(disk, '/f', 'b'.repeat(8192));
      found.push(await textOf(disk.powerCut({ seed: 7 }), '/f'));
    }
    expect(found[0]).toBe(found[1]);
  });

  it('leaves calls under way without an end', async () => {
    const disk = new CrashableDisk({ schedule: () => undefined });
    disk.put('/f', 'x');
    const ends: string[] = [];
    disk.stat('/f').then(
      () => ends.push('result'),
      () => ends.push('error'),
    );
    disk.powerCut({ seed: 1 });
    await new Promise(setImmediate);
    expect(ends).toEqual([]);
  });
});

describe('a kill', () => {
  it('keeps what was written, which a power cut may take still', async () => {
    const found = new Set<string | undefined>();
    for (const seed of SEEDS) {
      const disk = new CrashableDisk();
      disk.put('/f', 'old');
      await write(disk, '/f', 'new');
      const killed = disk.kill({ seed });
      expect(await textOf(killed, '/f')).toBe('new');
      found.add(await textOf(killed.powerCut({ seed }), '/f'));
    }
    expect(found).toEqual(new Set(['old', 'new']));
  });

  it('may cut a write short', async () => {
    const found = new Set<string | undefined>();
    for (const seed of SEEDS) {
      const works: (() => void)[] = [];
      const disk = new CrashableDisk({ schedule: (work) => works.push(work) });
      disk.put('/f', '....');
      const opening = disk.open('/f', 'read-write');
      works.pop()?.();
      const file = await opening;
      void file.write(Buffer.from('abcd'), 0, 4, 0);
      const killed = disk.kill({ seed }).copy();
      found.add(await textOf(killed, '/f'));
    }
    expect(found).toEqual(new Set(['....', 'a...', 'ab..', 'abc.', 'abcd']));
  });
});

describe('a failing disk', () => {
  it('fails the n-th call and only that', async () => {
    const disk = new CrashableDisk();
    disk.put('/f', 'x');
    disk.faults.failCall(2, 'EIO');
    await disk.stat('/f');
    await expect(disk.stat('/f')).rejects.toMatchObject({ code: 'EIO' });
    expect(disk.faults.hasFailed).toBe(true);
    await disk.stat('/f');
  });

  it('counts what a failed sync lost as written back', async () => {
    const found = new Set<string | undefined>();
    for (const seed of SEEDS) {
      const disk = new CrashableDisk({ random: new SeededRandom(seed) });
      disk.put('/f', 'old');
      await write(disk, '/f', 'new');
      const file = await disk.open('/f', 'read-write');
      disk.faults.failCall(1, 'EIO');
      await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
      await file.sync();
      expect(await textOf(disk, '/f')).toBe('new');
      found.add(await textOf(disk.powerCut({ seed }), '/f'));
    }
    expect(found).toEqual(new Set(['old', 'new']));
  });

  it('is full at its capacity, writes what fits, and has room again after a removal', async () => {
    const disk = new CrashableDisk();
    disk.faults.setCapacity(8192);
    await write(disk, '/a', 'x'.repeat(4096));
    await expect(write(disk, '/b', 'y'.repeat(8192))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect((await textOf(disk, '/b'))?.length).toBe(4096);
    expect((await disk.usage('/')).availableBytes).toBe(0);
    await disk.remove('/a');
    await write(disk, '/b', 'y'.repeat(8192));
  });
});
