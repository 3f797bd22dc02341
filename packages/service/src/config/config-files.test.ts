import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { diskConfigFiles } from './config-files.ts';

it('tells a file that is absent from one that cannot be read, which it names', async () => {
  const absent = join(tmpdir(), `orbitmq-absent-${process.pid}`);
  expect(await diskConfigFiles.read(absent)).toBeUndefined();
  await expect(diskConfigFiles.read(tmpdir())).rejects.toMatchObject({
    code: 'CONFIG_FILE_UNREADABLE',
    message: expect.stringContaining(`${tmpdir()} cannot be read`),
  });
});
