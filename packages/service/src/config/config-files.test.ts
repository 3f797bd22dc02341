import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { diskConfigFiles } from './config-files.ts';

it('tells a file that is absent from one that cannot be read, which it names', async () => {
  const absent = join(tmpdir(), `orbitmq-absent-${process.pid}`);
  expect(await diskConfigFiles.read(absent)).toBeUndefined();
  await expect(diskConfigFiles.read(tmpdir())).rejects.toMatchObject({
    code: 'CONFIG_FILE_UNREADABLE',
    message: expect.stringContaining(`${tmpdir()} cannot be read`),
  });
});

describe('a file that is no configuration', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'orbitmq-config-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it.each([
    ['a store file', Buffer.from([0x61, 0x3d, 0x62, 0x0a, 0x00]), 'it has the byte 0x00 at 4'],
    ['an archive', Buffer.from([0x1f, 0x8b, 0x08]), 'it has the byte 0x1f at 0'],
    ['a log', Buffer.alloc(5 * 1024 * 1024, 'line of a log\n'), 'it has more than 4194304 bytes'],
  ])('is refused: %s', async (_name, bytes, reason) => {
    const path = join(directory, 'broker.conf');
    await writeFile(path, bytes);
    await expect(diskConfigFiles.read(path)).rejects.toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      message: `${path} is no configuration file: ${reason}, expected lines of key=value`,
    });
  });

  it('does not have to end to be refused', async () => {
    await expect(diskConfigFiles.read('/dev/zero')).rejects.toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
    });
  });

  it('is not one with tabs, form feeds and letters beyond ASCII', async () => {
    const path = join(directory, 'broker.conf');
    await writeFile(path, 'a=\tb\r\n\f# \u00e9\n', 'latin1');
    expect(await diskConfigFiles.read(path)).toBe('a=\tb\r\n\f# \u00e9\n');
  });
});
