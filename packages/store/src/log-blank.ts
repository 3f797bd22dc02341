import { RecordMagic } from '@orbitmq/protocol';
import type { HotTail } from './hot-tail.ts';

/** Record behind a file's last one: its size, which is the rest of the file, and the magic. */
export const BLANK_BYTES = 8;

/** Goes on in the next file when what is to come does not fit into this one. Source: CommitLog.java. */
export function makeRoom(tail: HotTail, fileBytes: number, bytes: number): void {
  const restBytes = fileBytes - (tail.endOffset % fileBytes);
  if (bytes + BLANK_BYTES <= restBytes) return;
  if (restBytes < BLANK_BYTES) {
    tail.skipTo(tail.endOffset + restBytes);
    return;
  }
  const chunk = tail.reserve(BLANK_BYTES);
  chunk.view.setInt32(chunk.length, restBytes);
  chunk.view.setInt32(chunk.length + 4, RecordMagic.blank);
  tail.advance(chunk, BLANK_BYTES);
  tail.skipTo(tail.endOffset + restBytes - BLANK_BYTES);
}
