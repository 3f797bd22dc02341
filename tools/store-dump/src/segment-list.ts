/** Files that together hold one range of bytes, each named after the offset of its first byte. */
import { join } from 'node:path';
import type { Disk } from '@orbitmq/runtime';
import { parseFileName } from '@orbitmq/store';

export interface SegmentFile {
  readonly path: string;
  /** Offset of its first byte in the whole. */
  readonly baseOffset: number;
  readonly sizeBytes: number;
}

/** The files of directories that hold one range among them, in the order of their offsets. */
export async function listSegments(
  disk: Disk,
  directories: readonly string[],
): Promise<SegmentFile[]> {
  const files: SegmentFile[] = [];
  for (const directory of directories) {
    for (const { name, isDirectory } of await disk.list(directory)) {
      const baseOffset = isDirectory ? undefined : parseFileName(name);
      if (baseOffset === undefined) continue;
      const path = join(directory, name);
      const stat = await disk.stat(path);
      if (stat !== undefined) files.push({ path, baseOffset, sizeBytes: stat.sizeBytes });
    }
  }
  return files.toSorted((left, right) => left.baseOffset - right.baseOffset);
}

/** What is wrong with the files' sizes and places; the size that most of them have is held for right. */
export function segmentProblems(files: readonly SegmentFile[]): {
  readonly file: SegmentFile;
  readonly code: string;
  readonly text: string;
}[] {
  const fileBytes = commonSize(files);
  const problems: { file: SegmentFile; code: string; text: string }[] = [];
  for (const [index, file] of files.entries()) {
    const before = files[index - 1];
    if (file.sizeBytes !== fileBytes) {
      const text = `the file has ${file.sizeBytes} bytes, the others ${fileBytes}`;
      problems.push({ file, code: 'file-size', text });
    }
    if (before === undefined) continue;
    const expected = before.baseOffset + fileBytes;
    if (file.baseOffset === expected) continue;
    const kind = file.baseOffset > expected ? 'a gap' : 'an overlap';
    const text = `${kind}: the file before it ends at ${expected}`;
    problems.push({ file, code: 'file-gap', text });
  }
  return problems;
}

/** Size of a file of the range: the distance of two that follow each other, else that of the only one. */
export function commonSize(files: readonly SegmentFile[]): number {
  const counts = new Map<number, number>();
  for (const { sizeBytes } of files) counts.set(sizeBytes, (counts.get(sizeBytes) ?? 0) + 1);
  const sorted = [...counts].toSorted((left, right) => right[1] - left[1] || right[0] - left[0]);
  return sorted[0]?.[0] ?? 0;
}
