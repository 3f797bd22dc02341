import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { RocketMqError } from '@orbitmq/kernel';
import { compressionOf } from '@orbitmq/protocol';

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate);
/** `rocketmq.message.compressLevel`. */
const LEVEL = 5;
/** A compressed body that grows beyond this is no message: brokers take 4 MiB, raised at most to a frame. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

export function compress(body: Buffer): Promise<Buffer> {
  return deflateAsync(body, { level: LEVEL });
}

/** @throws {RocketMqError} MESSAGE_UNREADABLE when the body is not what the flag says, or is compressed in a form not known */
export async function decompress(body: Buffer, sysFlag: number): Promise<Buffer> {
  const form = compressionOf(sysFlag);
  if (form === undefined) return body;
  if (form !== 'zlib') throw unreadable(`it is compressed with ${form}, which is not supported`);
  try {
    return await inflateAsync(body, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (cause) {
    throw unreadable('its body cannot be decompressed', cause);
  }
}

function unreadable(reason: string, cause?: unknown): RocketMqError {
  return new RocketMqError(`a message cannot be read: ${reason}`, {
    code: 'MESSAGE_UNREADABLE',
    cause,
  });
}
