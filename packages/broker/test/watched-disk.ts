import { type Disk, type DiskFile, nodeDisk } from '@orbitmq/runtime';

/** Node's disk; what a file is asked for passes a function first, which may keep it waiting or make it fail. */
export function watchedDisk(
  before: (operation: 'read' | 'write' | 'sync', path: string) => Promise<void>,
): Disk {
  return {
    list: (directory) => nodeDisk.list(directory),
    stat: (path) => nodeDisk.stat(path),
    makeDirectory: (path) => nodeDisk.makeDirectory(path),
    rename: (from, to) => nodeDisk.rename(from, to),
    remove: (path) => nodeDisk.remove(path),
    removeDirectory: (path) => nodeDisk.removeDirectory(path),
    syncDirectory: (path) => nodeDisk.syncDirectory(path),
    usage: (path) => nodeDisk.usage(path),
    open: async (path, mode) => {
      const file = await nodeDisk.open(path, mode);
      return watchedFile(file, (operation) => before(operation, path));
    },
  };
}

function watchedFile(
  file: DiskFile,
  before: (operation: 'read' | 'write' | 'sync') => Promise<void>,
): DiskFile {
  return {
    read: async (target, offset, length, position) => {
      await before('read');
      return file.read(target, offset, length, position);
    },
    write: async (source, offset, length, position) => {
      await before('write');
      await file.write(source, offset, length, position);
    },
    sync: async () => {
      await before('sync');
      await file.sync();
    },
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    size: () => file.size(),
    close: () => file.close(),
  };
}
