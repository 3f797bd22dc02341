import { isNativeError } from 'node:util/types';
import { errorCode, RocketMqError, toError } from '@orbitmq/kernel';
import type { Disk } from '@orbitmq/runtime';
import { describeBytes } from './describe-bytes.ts';

/** What the system and SQLite call a disk without room. */
const FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** Why a broker does not start, for whoever has to change it: the system does not say which disk is full. */
export async function startFailure(
  error: unknown,
  directory: string,
  disk: Pick<Disk, 'usage'>,
): Promise<Error> {
  if (!isOfFullDisk(error)) return isOfPath(error) ? unusable(error, directory) : toError(error);
  // It is the disk's failure that is to be told, not one of looking at it.
  const usage = await disk.usage(directory).catch(() => undefined);
  const free =
    usage === undefined
      ? ''
      : ` (${describeBytes(usage.availableBytes)} of ${describeBytes(usage.totalBytes)} are free)`;
  return new RocketMqError(
    `the disk of ${directory} is full${free}: make room there, or set storePathRootDir to another one`,
    { code: 'STORE_DISK_FULL', cause: error },
  );
}

/** Whether the system refused a file or directory: it names the path, and not the key that led there. */
function isOfPath(error: unknown): error is Error {
  return isNativeError(error) && 'syscall' in error && 'path' in error;
}

function unusable(error: Error, directory: string): Error {
  const { message } = error;
  return new RocketMqError(
    `${directory} cannot hold the store, set storePathRootDir to another directory: ${message}`,
    { code: 'STORE_UNUSABLE', cause: error },
  );
}

function isOfFullDisk(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (FULL_CODES.has(errorCode(at) ?? '')) return true;
  }
  return false;
}
