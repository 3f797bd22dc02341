/**
 * Keeps a second process out of a store directory.
 *
 * Apache holds a POSIX record lock on the file `lock`, which Node.js cannot take; whether a Java broker
 * holds it is told by the system's list of locks. Against another of our own kind stands the file
 * `lock.owner` with the process id and its start time, which tells a live owner from a dead one.
 *
 * Source: DefaultMessageStore.java (start).
 */
import { join } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import { type Disk, type ProcessTable, readWholeFile, replaceFile } from '@orbitmq/runtime';

/** @throws {RocketMqError} STORE_LOCKED, naming the process that holds the directory */
export async function lockStore(
  disk: Disk,
  directory: string,
  processes: ProcessTable,
): Promise<{ release(): Promise<void> }> {
  const lockPath = join(directory, 'lock');
  const ownerPath = join(directory, 'lock.owner');
  if (processes.isLocked(lockPath)) throw locked(directory, 'a Java broker');
  const owner = await readOwner(disk, ownerPath);
  if (owner !== undefined && processes.startTime(owner.pid) === owner.startTime) {
    throw locked(directory, `process ${owner.pid}`);
  }
  const file = await disk.open(lockPath, 'create');
  try {
    await file.write(Buffer.from('lock'), 0, 4, 0);
  } finally {
    await file.close();
  }
  const { self } = processes;
  await replaceFile(disk, directory, 'lock.owner', Buffer.from(`${self.pid} ${self.startTime}\n`));
  return { release: () => disk.remove(ownerPath) };
}

async function readOwner(
  disk: Disk,
  path: string,
): Promise<{ pid: number; startTime: string } | undefined> {
  const text = (await readWholeFile(disk, path))?.toString('utf8') ?? '';
  const match = /^(\d+) (\S+)\n$/.exec(text);
  if (match === null) return undefined;
  return { pid: Number(match[1]), startTime: match[2] as string };
}

function locked(directory: string, holder: string): RocketMqError {
  return new RocketMqError(
    `the store ${directory} is in use by ${holder}: stop it, or set another storePathRootDir`,
    { code: 'STORE_LOCKED', details: { directory, holder } },
  );
}
