import type { Disk, DiskFile } from '@orbitmq/runtime';

function unsupported(): never {
  throw new Error('only reading is supported');
}

/** Files in memory that can be read and replaced. */
export class MemoryDisk implements Disk {
  readonly #files = new Map<string, { readonly bytes: Buffer; readonly modifiedMs: number }>();
  #nextModifiedMs = 1;

  put(path: string, text: string): void {
    this.#files.set(path, { bytes: Buffer.from(text), modifiedMs: this.#nextModifiedMs++ });
  }

  async open(path: string): Promise<DiskFile> {
    const bytes = this.#files.get(path)?.bytes;
    if (bytes === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return {
      read: async (target, offset, length, position) =>
        bytes.copy(target, offset, position, position + length),
      write: unsupported,
      sync: unsupported,
      truncate: unsupported,
      size: async () => bytes.length,
      close: async () => undefined,
    };
  }

  async stat(path: string): ReturnType<Disk['stat']> {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    return { sizeBytes: file.bytes.length, modifiedMs: file.modifiedMs, isDirectory: false };
  }

  list = unsupported;
  makeDirectory = unsupported;
  rename = unsupported;
  remove = unsupported;
  removeDirectory = unsupported;
  syncDirectory = unsupported;
  usage = unsupported;
}
