/**
 * The file `checkpoint`: how far log, queues and index are safe on the disk. One page, zero filled.
 *
 *   offset  size  field
 *   0       8     physicMsgTimestamp: store time of the last message known synced
 *   8       8     logicsMsgTimestamp: store time of the last message whose queue entry is synced
 *   16      8     indexMsgTimestamp: store time of the last message in a synced, full index file
 *   24      40    Apache 5.x's own fields, kept as they are
 *   1024    8     magic "ORBITMQ1"
 *   1032    8     recoverFrom: every record before this offset is synced, and so is its queue entry
 *   1040    4     CRC-32 of bytes 1024..1039, 31 bits
 *
 * What stands at 1024 is this implementation's: Apache leaves it alone. It is believed only when no
 * Apache broker wrote the first three fields since, which a copy of them would tell; therefore the three
 * fields at 0 are part of the check sum.
 *
 * Source: StoreCheckpoint.java.
 */
import { join } from 'node:path';
import { crc32, readInt64, writeInt64 } from '@orbitmq/kernel';
import type { Disk } from '@orbitmq/runtime';

export interface Checkpoint {
  physicMsgTimestamp: number;
  logicsMsgTimestamp: number;
  indexMsgTimestamp: number;
  /** Undefined when another implementation wrote the file last, or none did. */
  recoverFrom: number | undefined;
}

const PAGE_BYTES = 4096;
const OWN_START = 1024;
const MAGIC = Buffer.from('ORBITMQ1');
const APACHE_FIELDS_BYTES = 24;

export class CheckpointFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #page = Buffer.alloc(PAGE_BYTES);

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#path = join(directory, 'checkpoint');
  }

  /** What the file says; all zero when it is absent. */
  async read(): Promise<Checkpoint> {
    if ((await this.#disk.stat(this.#path)) !== undefined) {
      const file = await this.#disk.open(this.#path, 'read');
      try {
        await file.read(this.#page, 0, PAGE_BYTES, 0);
      } finally {
        await file.close();
      }
    }
    const page = this.#page;
    return {
      physicMsgTimestamp: readInt64(page, 0),
      logicsMsgTimestamp: readInt64(page, 8),
      indexMsgTimestamp: readInt64(page, 16),
      recoverFrom: this.#isOwn() ? readInt64(page, OWN_START + 8) : undefined,
    };
  }

  /** Replaces the file's content and syncs it. One page is written at once by every disk there is. */
  async write(checkpoint: Checkpoint): Promise<void> {
    const page = this.#page;
    writeInt64(page, checkpoint.physicMsgTimestamp, 0);
    writeInt64(page, checkpoint.logicsMsgTimestamp, 8);
    writeInt64(page, checkpoint.indexMsgTimestamp, 16);
    page.fill(0, OWN_START, OWN_START + 24);
    if (checkpoint.recoverFrom !== undefined) {
      MAGIC.copy(page, OWN_START);
      writeInt64(page, checkpoint.recoverFrom, OWN_START + 8);
      page.writeInt32BE(this.#checksum(), OWN_START + 16);
    }
    const file = await this.#disk.open(this.#path, 'create');
    try {
      await file.write(page, 0, PAGE_BYTES, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  #isOwn(): boolean {
    const page = this.#page;
    return (
      page.subarray(OWN_START, OWN_START + MAGIC.length).equals(MAGIC) &&
      page.readInt32BE(OWN_START + 16) === this.#checksum()
    );
  }

  #checksum(): number {
    const own = this.#page.subarray(OWN_START, OWN_START + 16);
    return crc32(Buffer.concat([this.#page.subarray(0, APACHE_FIELDS_BYTES), own]));
  }
}
