/** The checkpoint must not tell of more than the log holds. */
import { join } from 'node:path';
import type { Disk } from '@orbitmq/runtime';
import { CheckpointFile } from '@orbitmq/store';
import type { FindingLog } from '../finding.ts';

const SUBJECT = 'checkpoint';
const TIMES = ['physicMsgTimestamp', 'logicsMsgTimestamp', 'indexMsgTimestamp'] as const;

export interface LogEnd {
  readonly endOffset: number;
  /** Greatest store time of all records; 0 without records. */
  readonly lastStoreTimestampMs: number;
}

export async function checkCheckpoint(
  options: { readonly disk: Disk; readonly directory: string; readonly findings: FindingLog },
  log: LogEnd,
): Promise<void> {
  const { disk, directory, findings } = options;
  const stat = await disk.stat(join(directory, SUBJECT));
  if (stat === undefined) {
    if (log.endOffset > 0) findings.note(SUBJECT, 'checkpoint-absent', 'there is none');
    return;
  }
  const file = new CheckpointFile(disk, directory);
  const checkpoint = await file.read();
  if (file.damage !== undefined) findings.damage(SUBJECT, 'checkpoint-content', file.damage);
  for (const name of TIMES) {
    const timeMs = checkpoint[name];
    if (timeMs <= log.lastStoreTimestampMs) continue;
    const text = `${name} is ${timeMs}, the log's newest record is of ${log.lastStoreTimestampMs}`;
    findings.damage(SUBJECT, 'checkpoint-ahead', text);
  }
  const { recoverFrom } = checkpoint;
  if (recoverFrom !== undefined && recoverFrom > log.endOffset) {
    const text = `it promises the log up to ${recoverFrom}, which ends at ${log.endOffset}`;
    findings.damage(SUBJECT, 'checkpoint-ahead', text);
  }
}
