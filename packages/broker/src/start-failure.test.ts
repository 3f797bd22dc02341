import { describe, expect, it } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import { startFailure } from './start-failure.ts';

const MIB = 1024 * 1024;
const DISK = {
  usage: () => Promise.resolve({ totalBytes: 3 * MIB, usedBytes: 3 * MIB, availableBytes: 12_288 }),
};

function failed(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

describe('a start that fails', () => {
  it.each([
    failed('ENOSPC'),
    failed('EDQUOT'),
    new RocketMqError('metadata.db cannot be used', {
      code: 'METADATA_UNAVAILABLE',
      cause: failed('SQLITE_FULL'),
    }),
  ])('for want of room names the disk and what is free: %s', async (error) => {
    const failure = await startFailure(error, '/data/store', DISK);
    expect(failure).toMatchObject({
      code: 'STORE_DISK_FULL',
      message:
        'the disk of /data/store is full (12.0 KiB of 3.0 MiB are free): make room there, or set storePathRootDir to another one',
      cause: error,
    });
  });

  it('says so too when the disk cannot be asked', async () => {
    const disk = { usage: () => Promise.reject(failed('EIO')) };
    const failure = await startFailure(failed('ENOSPC'), '/data/store', disk);
    expect(failure.message).toContain('the disk of /data/store is full: make room');
  });

  it('for a path that the system refuses names the key that led there', async () => {
    const refused = { code: 'EEXIST', syscall: 'mkdir', path: '/data/store' };
    const error = Object.assign(
      new Error("EEXIST: file already exists, mkdir '/data/store'"),
      refused,
    );
    expect(await startFailure(error, '/data/store', DISK)).toMatchObject({
      code: 'STORE_UNUSABLE',
      message:
        "/data/store cannot hold the store, set storePathRootDir to another directory: EEXIST: file already exists, mkdir '/data/store'",
      cause: error,
    });
  });

  it('for another reason keeps it', async () => {
    const error = failed('EACCES');
    expect(await startFailure(error, '/data/store', DISK)).toBe(error);
  });
});
