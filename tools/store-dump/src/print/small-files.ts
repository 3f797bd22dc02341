import { basename, dirname } from 'node:path';
import { readInt64 } from '@orbitmq/kernel';
import { DatabaseView } from '@orbitmq/metadata';
import {
  isJsonObject,
  type JsonValue,
  mapEntriesOf,
  parseFastJson,
  printFastJson,
} from '@orbitmq/protocol';
import { readWholeFile } from '@orbitmq/runtime';
import { CheckpointFile } from '@orbitmq/store';
import type { Row } from '../row.ts';
import type { SegmentFile } from '../segment-list.ts';
import type { PrintOptions } from './print-options.ts';

const CHECKPOINT_NAME = 'checkpoint';
/** Apache's five fields. */
const FIELDS_BYTES = 40;

export async function* printCheckpoint(
  { path }: SegmentFile,
  { disk }: PrintOptions,
): AsyncGenerator<Row> {
  const content = (await readWholeFile(disk, path)) ?? Buffer.alloc(0);
  const page = Buffer.concat([content, Buffer.alloc(Math.max(0, FIELDS_BYTES - content.length))]);
  // A copy under another name is no checkpoint of a store, and what this implementation adds is not believed.
  const isInPlace = basename(path) === CHECKPOINT_NAME;
  const own = isInPlace ? await new CheckpointFile(disk, dirname(path)).read() : undefined;
  yield {
    physicMsgTimestamp: readInt64(page, 0),
    logicsMsgTimestamp: readInt64(page, 8),
    indexMsgTimestamp: readInt64(page, 16),
    masterFlushedOffset: readInt64(page, 24),
    confirmPhysicalOffset: readInt64(page, 32),
    recoverFrom: own?.recoverFrom,
    queuedEntries: own?.queuedEntries,
    indexedUpTo: own?.indexed?.position,
    indexEndOffset: own?.indexed?.endOffset,
    logFileBytes: own?.logFileBytes,
  };
}

/** Files with a line of text, or with nothing: that they exist is what they say. */
export async function* printText(
  { path }: SegmentFile,
  { disk }: PrintOptions,
): AsyncGenerator<Row> {
  const content = (await readWholeFile(disk, path)) ?? Buffer.alloc(0);
  yield { size: content.length, text: content.toString('utf8') };
}

/** Rows of all tables of a database. `--from` counts rows of each table from 0. */
export async function* printDatabase(
  { path }: SegmentFile,
  { from = 0 }: PrintOptions,
): AsyncGenerator<Row> {
  await using view = await DatabaseView.open(path);
  for (const table of view.tables()) {
    let number = 0;
    for (const row of view.rows(table)) {
      if (number++ >= from) yield { table, ...row };
    }
  }
}

/** A configuration file: one line for each entry of each of its tables, one for each plain field. */
export async function* printJson(
  { path }: SegmentFile,
  { disk }: PrintOptions,
): AsyncGenerator<Row> {
  const content = (await readWholeFile(disk, path)) ?? Buffer.alloc(0);
  const root = parseFastJson(content.toString('utf8'));
  for (const [name, value] of mapEntriesOf(root) ?? [['value', root] as const]) {
    const table = keyText(name);
    const entries = mapEntriesOf(value);
    if (entries === undefined || entries.every(([, each]) => !isTable(each))) {
      if (entries?.length !== 0) yield { table, value: jsonText(value) };
      continue;
    }
    for (const [key, each] of entries) yield { table, key: keyText(key), value: jsonText(each) };
  }
}

function isTable(value: JsonValue): boolean {
  return isJsonObject(value) || Array.isArray(value) || mapEntriesOf(value) !== undefined;
}

function keyText(key: JsonValue): string {
  return typeof key === 'string' ? key : jsonText(key);
}

function jsonText(value: JsonValue): string {
  return printFastJson(value);
}
