/** Goes through the whole log, record by record, and hands each to the checks of what is derived from it. */
import { basename } from 'node:path';
import type { Disk } from '@orbitmq/runtime';
import { describeRecord, type ScannedRecord } from '@orbitmq/store';
import type { FindingLog } from '../finding.ts';
import { type LogEvent, walkLogFile } from '../log-walk.ts';
import { type SegmentFile, segmentProblems } from '../segment-list.ts';

export interface LogCheckOptions {
  readonly disk: Disk;
  readonly files: readonly SegmentFile[];
  readonly findings: FindingLog;
  readonly onRecord: (record: ScannedRecord) => void;
  /** After each buffer of records; the next is read when it resolves. @param doneBytes of the log so far */
  readonly onBuffer: (doneBytes: number) => Promise<void>;
}

export interface CheckedLog {
  readonly minOffset: number;
  /** Behind the last record. */
  readonly endOffset: number;
  readonly records: number;
  /** Greatest store time; 0 without records. */
  readonly lastStoreTimestampMs: number;
}

/** Something that is damage when a record follows, and the log's end when none does. */
interface Pending {
  readonly subject: string;
  readonly code: string;
  readonly text: string;
  /** Zeros behind the last record are how a healthy log ends. */
  readonly isHealthyEnd: boolean;
}

export async function checkLog(options: LogCheckOptions): Promise<CheckedLog> {
  const check = new LogCheck(options);
  await check.run();
  return check.result();
}

class LogCheck {
  readonly #options: LogCheckOptions;
  #pending: Pending[] = [];
  #endOffset: number;
  #records = 0;
  #lastStoreMs = 0;

  constructor(options: LogCheckOptions) {
    this.#options = options;
    this.#endOffset = options.files[0]?.baseOffset ?? 0;
  }

  result(): CheckedLog {
    return {
      minOffset: this.#options.files[0]?.baseOffset ?? 0,
      endOffset: this.#endOffset,
      records: this.#records,
      lastStoreTimestampMs: this.#lastStoreMs,
    };
  }

  async run(): Promise<void> {
    const { disk, files, findings } = this.#options;
    for (const { file, code, text } of segmentProblems(files)) {
      findings.damage(subjectOf(file), `log-${code}`, text);
    }
    let doneBytes = 0;
    for (const file of files) {
      for await (const events of walkLogFile(disk, file)) {
        for (const event of events) this.#take(event, subjectOf(file));
        const last = events.at(-1);
        const position = last === undefined ? 0 : last.offset + last.sizeBytes - file.baseOffset;
        await this.#options.onBuffer(doneBytes + position);
      }
      doneBytes += file.sizeBytes;
    }
    this.#tellTail();
  }

  #take(event: LogEvent, subject: string): void {
    const { offset, sizeBytes } = event;
    if (event.kind === 'record') {
      for (const each of this.#pending) {
        this.#options.findings.damage(each.subject, each.code, each.text);
      }
      this.#pending = [];
      this.#takeRecord(event);
    } else if (event.kind === 'damage') {
      const { reason } = event;
      const text = `${sizeBytes} bytes from ${offset} on are no record: ${DAMAGE_TEXT[reason]}`;
      this.#pending.push({ subject, code: `record-${reason}`, text, isHealthyEnd: false });
    } else if (event.kind === 'unused') {
      const text = `zeros from ${offset} to the file's end, instead of a blank record`;
      this.#pending.push({ subject, code: 'log-hole', text, isHealthyEnd: true });
    }
  }

  #takeRecord(event: Extract<LogEvent, { kind: 'record' }>): void {
    const record = describeRecord(event.buffer, event.position);
    this.#records++;
    this.#endOffset = event.offset + event.sizeBytes;
    this.#lastStoreMs = Math.max(this.#lastStoreMs, record.storeTimestampMs);
    this.#options.onRecord(record);
  }

  /**
   * What stands behind the last record was written halfway, or was cut off by a recovery that leaves the
   * bytes. Whether it was a message that counted is told by the queues and the checkpoint.
   */
  #tellTail(): void {
    for (const { subject, code, text, isHealthyEnd } of this.#pending) {
      if (isHealthyEnd) continue;
      const behind = `${text}; nothing follows, a start cuts it off`;
      this.#options.findings.note(subject, `${code}-at-end`, behind);
    }
  }
}

const DAMAGE_TEXT = {
  end: 'the size leads out of the file',
  size: 'the size is none of a record',
  magic: 'the magic is none of a record',
  offset: 'it says it stands elsewhere',
  lengths: 'the lengths of its parts do not add up',
  checksum: 'the body does not match its CRC',
  topic: 'its topic holds zeros',
  properties: 'there are zeros in the properties',
  'blank-size': 'a blank that does not reach to the end of the file',
} as const;

function subjectOf({ path }: SegmentFile): string {
  return `commitlog/${basename(path)}`;
}
