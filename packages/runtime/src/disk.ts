/**
 * The disk as the storage engine sees it. Nothing else touches files of a store, so that a test can
 * forget unsynced bytes, tear a write or fail the n-th call. Paths are absolute.
 *
 * Failures are Node.js system errors (`code` ENOSPC, EIO, ENOENT ...), passed on as they are.
 */
export interface Disk {
  /**
   * Opens a file. `create` makes it (with its length 0) when it is absent, `read-write` and `read` do not.
   *
   * @throws ENOENT when the file is absent and not to be created
   */
  open(path: string, mode: 'read' | 'read-write' | 'create'): Promise<DiskFile>;
  /** Names in a directory, unsorted; empty when the directory is absent. */
  list(directory: string): Promise<readonly DiskEntry[]>;
  /** What is at the path; undefined when nothing is. */
  stat(path: string): Promise<DiskStat | undefined>;
  /** Makes a directory and its parents; an existing one is fine. */
  makeDirectory(path: string): Promise<void>;
  /** Replaces `to` atomically when it exists. Survives a power cut after {@link syncDirectory}. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; an absent one is fine. */
  remove(path: string): Promise<void>;
  /** Removes a directory with all it holds; an absent one is fine. */
  removeDirectory(path: string): Promise<void>;
  /** Makes creations, removals and renames in a directory survive a power cut. */
  syncDirectory(path: string): Promise<void>;
  /** Size and free space of the file system that holds the path. */
  usage(path: string): Promise<DiskUsage>;
}

export interface DiskEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

export interface DiskStat {
  readonly sizeBytes: number;
  /** Space it takes up: less than its size where it was never written, or the system stores it smaller. */
  readonly allocatedBytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
  readonly isDirectory: boolean;
}

export interface DiskUsage {
  readonly totalBytes: number;
  /** What this process may still use, as `statfs` reports for unprivileged users. */
  readonly availableBytes: number;
  /** What is taken, with the space reserved for root counted as free. */
  readonly usedBytes: number;
}

/** An open file. Calls on one file may overlap; overlapping writes to one range have no defined order. */
export interface DiskFile {
  /**
   * Reads into `target[offset, offset + length)` from `position` on.
   *
   * @returns the bytes read; fewer than `length` only where the file ends
   */
  read(target: Buffer, offset: number, length: number, position: number): Promise<number>;
  /** Writes all of `source[offset, offset + length)` at `position`; the caller leaves the bytes alone until then. */
  write(source: Buffer, offset: number, length: number, position: number): Promise<void>;
  /** Everything written before the call survives a power cut once it resolves (fdatasync). */
  sync(): Promise<void>;
  /** Sets the length; new bytes are zero. */
  truncate(sizeBytes: number): Promise<void>;
  size(): Promise<number>;
  /** Waits for calls under way; later ones are refused. Idempotent. */
  close(): Promise<void>;
}
