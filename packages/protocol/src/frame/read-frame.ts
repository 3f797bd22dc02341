import { int32At } from '@orbitmq/kernel';
import { walkBinaryHeader } from './binary-header.ts';
import { FrameError } from './frame-error.ts';
import { type FrameView, MAX_FRAME_BYTES, SerializeType } from './frame-view.ts';
import { walkJsonHeader } from './json-header.ts';

/**
 * Reads the frame that starts at `position` of `buffer[0, end)` into `view`.
 *
 * @returns the frame's size in bytes; 0 when not all of it is there yet
 * @throws {FrameError} when the bytes can never become a frame
 */
export function readFrame(buffer: Buffer, position: number, end: number, view: FrameView): number {
  if (end - position < 4) return 0;
  const length = int32At(buffer, position);
  if (length < 4 || length > MAX_FRAME_BYTES) {
    throw new FrameError('frame length is out of range', { length, max: MAX_FRAME_BYTES, min: 4 });
  }
  if (end - position < 8) return 0;
  // The serialize type, then 24 bits of length.
  const headerBytes = int32At(buffer, position + 4) & 0xff_ffff;
  if (headerBytes > length - 4) {
    throw new FrameError('header is longer than its frame', { headerBytes, length });
  }
  const type = buffer[position + 4];
  if (type !== SerializeType.json && type !== SerializeType.binary) {
    throw new FrameError('serialize type is neither 0 (JSON) nor 1 (ROCKETMQ)', { type });
  }
  if (end - position < 4 + length) return 0;
  view.clear();
  // Storing a pointer costs more than comparing it.
  if (view.buffer !== buffer) view.buffer = buffer;
  view.serializeType = type;
  view.bodyStart = position + 8 + headerBytes;
  view.bodyEnd = position + 4 + length;
  if (type === SerializeType.json) walkJsonHeader(view, position + 8, view.bodyStart);
  else walkBinaryHeader(view, position + 8, view.bodyStart);
  return 4 + length;
}
