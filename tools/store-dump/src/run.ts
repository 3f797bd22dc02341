/** From arguments to lines and an exit status. */
import { join, resolve } from 'node:path';
import { RocketMqError, toError } from '@orbitmq/kernel';
import type { Clock, Disk } from '@orbitmq/runtime';
import { parseFileName } from '@orbitmq/store';
import { type FileKind, fileKindOf } from './file-kind.ts';
import { type Finding, FindingLog } from './finding.ts';
import { type DumpOptions, parseOptions } from './options.ts';
import { printFile } from './print/index.ts';
import { Progress } from './progress.ts';
import { jsonLine, type Row, textLine } from './row.ts';
import { listSegments, type SegmentFile } from './segment-list.ts';
import { type Verified, verifyStore } from './verify/verify-store.ts';

export interface DumpHost {
  readonly disk: Disk;
  readonly clock: Clock;
  /** What relative paths are relative to. */
  readonly workingDirectory: string;
  /** Resolves when more may be written: a slow reader slows the reading down. */
  writeOut(text: string): Promise<void>;
  writeError(text: string): void;
}

export const ExitStatus = { sound: 0, damaged: 1, failed: 2 } as const;

/** @returns the exit status */
export async function runDump(args: readonly string[], host: DumpHost): Promise<number> {
  const options = parseOptions(args);
  if ('status' in options) {
    host.writeError(options.text);
    return options.status;
  }
  try {
    return await dump(resolve(host.workingDirectory, options.path), options, host);
  } catch (error) {
    host.writeError(`store-dump: ${toError(error).message}\n`);
    return ExitStatus.failed;
  }
}

async function dump(path: string, options: DumpOptions, host: DumpHost): Promise<number> {
  const stat = await host.disk.stat(path);
  if (stat === undefined) throw unreadable(`there is no ${path}`);
  if (!stat.isDirectory) {
    const baseOffset = parseFileName(path.slice(-20)) ?? 0;
    await printAll([{ path, baseOffset, sizeBytes: stat.sizeBytes }], options, host);
    return ExitStatus.sound;
  }
  const segments = await listSegments(host.disk, [path]);
  if (segments.length > 0) {
    await printAll(segments, options, host);
    return ExitStatus.sound;
  }
  return verify(path, options, host);
}

async function printAll(
  files: readonly SegmentFile[],
  options: DumpOptions,
  host: DumpHost,
): Promise<void> {
  let left = options.count ?? Number.POSITIVE_INFINITY;
  const print = {
    disk: host.disk,
    from: options.from,
    topic: options.topic,
    queueId: options.queue,
    bodyBytes: options.body,
    indexSlots: options.indexSlots,
  };
  for (const file of files) {
    const kind = options.kind ?? (await knownKind(host.disk, file.path));
    if (left === 0) return;
    for await (const row of printFile(kind, file, print)) {
      await host.writeOut(lineOf(row, options));
      if (--left === 0) break;
    }
  }
}

async function knownKind(disk: Disk, path: string): Promise<FileKind> {
  const kind = await fileKindOf(disk, path);
  if (kind === undefined)
    throw unreadable(`${path} is no file of a store that is known; --kind tells`);
  return kind;
}

async function verify(directory: string, options: DumpOptions, host: DumpHost): Promise<number> {
  const names = new Set((await host.disk.list(directory)).map(({ name }) => name));
  const logDirectories = options.commitlog
    ?.split(',')
    .map((path) => resolve(host.workingDirectory, path.trim()));
  if (logDirectories === undefined && !names.has('commitlog')) {
    throw unreadable(`${directory} is no store: there is no ${join(directory, 'commitlog')}`);
  }
  const progress = new Progress(host.clock, (text) => host.writeError(text));
  const untold: string[] = [];
  const findings = new FindingLog((finding) => {
    untold.push(findingLine(finding, options));
  });
  const tell = async (): Promise<void> => host.writeOut(untold.splice(0).join(''));
  const verified = await verifyStore({
    disk: host.disk,
    directory,
    logDirectories,
    indexSlots: options.indexSlots,
    findings,
    onProgress: async (done, total) => {
      await tell();
      progress.update(done, total);
    },
  });
  findings.finish();
  await tell();
  await host.writeOut(summaryLine(verified, findings, options));
  return findings.damages > 0 ? ExitStatus.damaged : ExitStatus.sound;
}

function findingLine(finding: Finding, options: DumpOptions): string {
  const { severity, subject, code, text } = finding;
  if (options.json === true) return jsonLine({ severity, subject, code, text });
  return `${severity}: ${subject}: ${text} [${code}]\n`;
}

function summaryLine(verified: Verified, findings: FindingLog, options: DumpOptions): string {
  const { damages, notes } = findings;
  if (options.json === true) return jsonLine({ severity: 'summary', damages, notes, ...verified });
  const { records, logFiles, queueEntries, queues, indexEntries, endOffset } = verified;
  return (
    `${damages === 0 ? 'sound' : 'DAMAGED'}: ${records} records in ${logFiles} log files up to ${endOffset}, ` +
    `${queueEntries} entries in ${queues} queues, ${indexEntries} index entries; ${damages} damages, ${notes} notes\n`
  );
}

function lineOf(row: Row, options: DumpOptions): string {
  return options.json === true ? jsonLine(row) : textLine(row);
}

function unreadable(message: string): RocketMqError {
  return new RocketMqError(message, { code: 'STORE_UNREADABLE' });
}
