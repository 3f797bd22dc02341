/** Bodies compressed and plain. Source: CompressionType.java, CompressorFactory.java. */
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { RocketMqError } from '@orbitmq/kernel';
import { compressionOf, MessageSysFlag } from '@orbitmq/protocol';
import { compressLz4, decompressLz4 } from './lz4-frame.ts';
import { compressZstd, decompressZstd } from './zstd-frame.ts';

/** `zlib` is what every client reads; `lz4` and `zstd` need readers from 5.0 on. */
export type Compression = 'zlib' | 'lz4' | 'zstd';

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate);
/** `rocketmq.message.compressLevel`; LZ4 has none. */
const LEVEL = 5;
/**
 * A body that grows beyond this is no message: brokers take 4 MiB before compression, and whoever raises
 * that stays far below. A pull brings up to 32 of them.
 */
export const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

export async function compress(body: Buffer, compression: Compression): Promise<Buffer> {
  if (compression === 'lz4') return compressLz4(body);
  if (compression === 'zstd') return compressZstd(body, LEVEL);
  return deflateAsync(body, { level: LEVEL });
}

/** The bits that tell readers how a body was compressed. */
export function compressionFlag(compression: Compression): number {
  return MessageSysFlag.compressed | MessageSysFlag[compression];
}

/**
 * A body as its sender had it.
 *
 * @throws {RocketMqError} MESSAGE_UNREADABLE when it is not what the flag says, or larger than `maxBytes`
 */
export async function decompress(
  body: Buffer,
  sysFlag: number,
  maxBytes: number = MAX_DECOMPRESSED_BYTES,
): Promise<Buffer> {
  const compression = compressionOf(sysFlag);
  if (compression === undefined) return body;
  try {
    if (compression === 'lz4') return decompressLz4(body, maxBytes);
    if (compression === 'zstd') return await decompressZstd(body, maxBytes);
    return await inflateAsync(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new RocketMqError(`a message cannot be read: its ${compression} body is broken`, {
      code: 'MESSAGE_UNREADABLE',
      details: { compression, sizeBytes: body.length },
      cause,
    });
  }
}
