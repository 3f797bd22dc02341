import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { nodeDisk } from './node-disk.ts';

it('closes a file only after the calls under way, and refuses later ones', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'orbitmq-disk-'));
  const file = await nodeDisk.open(join(directory, 'a'), 'create');
  const order: string[] = [];
  const bytes = Buffer.alloc(1 << 20, 7);
  const writing = file.write(bytes, 0, bytes.length, 0).then(() => order.push('written'));
  const closing = file.close().then(() => order.push('closed'));
  await expect(file.read(bytes, 0, 1, 0)).rejects.toMatchObject({ code: 'EBADF' });
  await Promise.all([writing, closing, file.close()]);
  expect(order).toEqual(['written', 'closed']);
  await rm(directory, { recursive: true });
});

it('makes a directory with its parents, and takes one that is there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'orbitmq-disk-'));
  const path = join(directory, 'a', 'b', 'c');
  await nodeDisk.makeDirectory(path);
  await nodeDisk.makeDirectory(path);
  expect((await stat(path)).isDirectory()).toBe(true);
  await rm(directory, { recursive: true });
});

it('says why a directory cannot be made', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'orbitmq-disk-'));
  await writeFile(join(directory, 'file'), '');
  await expect(nodeDisk.makeDirectory(join(directory, 'file'))).rejects.toMatchObject({
    code: 'EEXIST',
  });
  await expect(nodeDisk.makeDirectory(join(directory, 'file', 'below'))).rejects.toMatchObject({
    code: 'ENOTDIR',
  });
  await rm(directory, { recursive: true });
});

if (process.platform === 'linux') {
  it('gives up where a parent is there and nothing can be made in it', async () => {
    await expect(nodeDisk.makeDirectory('/proc/orbitmq/store')).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
}
