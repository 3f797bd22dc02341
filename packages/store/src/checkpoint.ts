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
 *   1040    4     CRC-32 of bytes 0..23 and 1024..1039, 31 bits
 *   1048    8     indexedUpTo: messages before this offset are in synced index files
 *   1056    8     indexEndOffset: place of the last of them in the log, -1 when there is no index file
 *   1064    4     CRC-32 of bytes 0..23 and 1048..1063, 31 bits
 *   1072    8     queuedEntries: sum of all queues' ends, entries of records before recoverFrom
 *   1080    8     recoverFrom again, for which the sum holds
 *   1088    4     CRC-32 of bytes 0..23 and 1072..1087, 31 bits
 *   1096    8     logFileBytes: size of the commit log's files, which a crash may leave shorter
 *   1104    4     CRC-32 of bytes 1096..1103, 31 bits
 *
 * What stands at 1024 is this implementation's: Apache leaves it alone. It is believed only when no
 * Apache broker wrote the first three fields since, which a copy of them would tell; therefore the three
 * fields at 0 are part of the check sum.
 *
 * The file is replaced as a whole: a crash leaves the former one or the new one.
 *
 * Source: StoreCheckpoint.java.
 */
import { join } from 'node:path';
import { crc32, readInt64, writeInt64 } from '@orbitmq/kernel';
import { type Disk, replaceFile } from '@orbitmq/runtime';

export interface Checkpoint {
  physicMsgTimestamp: number;
  logicsMsgTimestamp: number;
  indexMsgTimestamp: number;
  /** Undefined when another implementation wrote the file last, or none did. */
  recoverFrom: number | undefined;
  /** Sum of the ends of all queues, in entries of records before `recoverFrom`; undefined when not known. */
  queuedEntries?: number | undefined;
  /** Size of the commit log's files; undefined when no release of ours noted it. */
  logFileBytes?: number | undefined;
  /** What of the index is synced: messages before `position`, the last of them at `endOffset`. */
  indexed?: { readonly position: number; readonly endOffset: number } | undefined;
}

const NAME = 'checkpoint';
const PAGE_BYTES = 4096;
const OWN_START = 1024;
const MAGIC = Buffer.from('ORBITMQ1');
const INDEX_START = 1048;
const QUEUES_START = 1072;
const FIELDS_BYTES = 16;
const LOG_FILE_START = 1096;
const LOG_FILE_FIELD_BYTES = 8;
const CHECKSUM_BYTES = 4;
const LOG_FILE_PART_BYTES = LOG_FILE_FIELD_BYTES + CHECKSUM_BYTES;
const OWN_BYTES = 128;
const APACHE_FIELDS_BYTES = 24;

export class CheckpointFile {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly path: string;
  readonly #page = Buffer.alloc(PAGE_BYTES);
  /** Of the file that was read; undefined when there was none. */
  #sizeBytes: number | undefined;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
    this.path = join(directory, NAME);
  }

  /** What the file says; all zero when it is absent. */
  async read(): Promise<Checkpoint> {
    const stat = await this.#disk.stat(this.path);
    this.#sizeBytes = stat?.sizeBytes;
    if (stat !== undefined) {
      const file = await this.#disk.open(this.path, 'read');
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
      queuedEntries: this.#isOwn() ? this.#readQueuedEntries() : undefined,
      indexed: this.#isOwn() ? this.#readIndexed() : undefined,
      logFileBytes: this.#readLogFileBytes(),
    };
  }

  /**
   * What is wrong with the file that was read. What Apache's broker leaves of our part when it wrote
   * the times is no damage, and a flipped bit in the times looks the same.
   */
  get damage(): string | undefined {
    if (this.#sizeBytes === undefined) return undefined;
    if (this.#sizeBytes !== PAGE_BYTES) {
      return `it has ${this.#sizeBytes} bytes instead of ${PAGE_BYTES}`;
    }
    const page = this.#page;
    const own = page.subarray(OWN_START, OWN_START + OWN_BYTES);
    if (!isZero(own) && !own.subarray(0, MAGIC.length).equals(MAGIC)) {
      // The size of log files is noted before there is anything else.
      const other = Buffer.from(own);
      other.fill(0, LOG_FILE_START - OWN_START, LOG_FILE_START - OWN_START + LOG_FILE_PART_BYTES);
      if (!isZero(other)) return 'our part of it does not begin with its magic';
    }
    const logFile = page.subarray(LOG_FILE_START, LOG_FILE_START + LOG_FILE_PART_BYTES);
    if (!isZero(logFile) && this.#readLogFileBytes() === undefined) {
      return 'the size of log files does not fit its checksum';
    }
    const parts = [OWN_START, INDEX_START, QUEUES_START].filter(
      (start) => !isZero(page.subarray(start, start + FIELDS_BYTES + CHECKSUM_BYTES)),
    );
    const broken = parts.filter((start) => !this.#isIntact(start));
    // All of them when the times are others.
    if (broken.length === 0 || broken.length === parts.length) return undefined;
    return `what stands at ${broken.join(' and ')} does not fit its checksum`;
  }

  /** Replaces the file; it survives a power cut afterwards. */
  async write(checkpoint: Checkpoint): Promise<void> {
    const page = this.#page;
    writeInt64(page, checkpoint.physicMsgTimestamp, 0);
    writeInt64(page, checkpoint.logicsMsgTimestamp, 8);
    writeInt64(page, checkpoint.indexMsgTimestamp, 16);
    page.fill(0, OWN_START, OWN_START + OWN_BYTES);
    if (checkpoint.recoverFrom !== undefined) {
      MAGIC.copy(page, OWN_START);
      writeInt64(page, checkpoint.recoverFrom, OWN_START + 8);
      page.writeInt32BE(this.#checksum(OWN_START), OWN_START + FIELDS_BYTES);
    }
    if (checkpoint.indexed !== undefined) {
      writeInt64(page, checkpoint.indexed.position, INDEX_START);
      writeInt64(page, checkpoint.indexed.endOffset, INDEX_START + 8);
      page.writeInt32BE(this.#checksum(INDEX_START), INDEX_START + FIELDS_BYTES);
    }
    if (checkpoint.recoverFrom !== undefined && checkpoint.queuedEntries !== undefined) {
      writeInt64(page, checkpoint.queuedEntries, QUEUES_START);
      writeInt64(page, checkpoint.recoverFrom, QUEUES_START + 8);
      page.writeInt32BE(this.#checksum(QUEUES_START), QUEUES_START + FIELDS_BYTES);
    }
    if (checkpoint.logFileBytes !== undefined) {
      writeInt64(page, checkpoint.logFileBytes, LOG_FILE_START);
      page.writeInt32BE(this.#logFileChecksum(), LOG_FILE_START + LOG_FILE_FIELD_BYTES);
    }
    await replaceFile(this.#disk, this.#directory, NAME, page);
  }

  #isOwn(): boolean {
    const page = this.#page;
    return (
      page.subarray(OWN_START, OWN_START + MAGIC.length).equals(MAGIC) && this.#isIntact(OWN_START)
    );
  }

  #readIndexed(): Checkpoint['indexed'] {
    if (!this.#isIntact(INDEX_START)) return undefined;
    const page = this.#page;
    return { position: readInt64(page, INDEX_START), endOffset: readInt64(page, INDEX_START + 8) };
  }

  #readQueuedEntries(): number | undefined {
    const page = this.#page;
    const recoverFrom = readInt64(page, OWN_START + 8);
    const isOfIt =
      this.#isIntact(QUEUES_START) && readInt64(page, QUEUES_START + 8) === recoverFrom;
    return isOfIt ? readInt64(page, QUEUES_START) : undefined;
  }

  /** True whoever wrote the file since: the log's files keep their size. */
  #readLogFileBytes(): number | undefined {
    const checksum = this.#page.readInt32BE(LOG_FILE_START + LOG_FILE_FIELD_BYTES);
    const bytes = readInt64(this.#page, LOG_FILE_START);
    return bytes > 0 && checksum === this.#logFileChecksum() ? bytes : undefined;
  }

  #logFileChecksum(): number {
    return crc32(this.#page.subarray(LOG_FILE_START, LOG_FILE_START + LOG_FILE_FIELD_BYTES));
  }

  #isIntact(start: number): boolean {
    return this.#page.readInt32BE(start + FIELDS_BYTES) === this.#checksum(start);
  }

  /** Of two fields of ours and of Apache's, whose change by another broker makes ours untrue. */
  #checksum(start: number): number {
    const own = this.#page.subarray(start, start + FIELDS_BYTES);
    return crc32(Buffer.concat([this.#page.subarray(0, APACHE_FIELDS_BYTES), own]));
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
