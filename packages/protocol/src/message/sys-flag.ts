/** Bits of a message's sysFlag. Source: MessageSysFlag.java. */
export const MessageSysFlag = {
  compressed: 0x1,
  multiTags: 0x2,
  transactionMask: 0xc,
  transactionPrepared: 0x4,
  transactionCommit: 0x8,
  transactionRollback: 0xc,
  bornHostIpv6: 0x10,
  storeHostIpv6: 0x20,
  needUnwrap: 0x40,
  innerBatch: 0x80,
  compressionMask: 0x700,
  lz4: 0x100,
  zstd: 0x200,
  zlib: 0x300,
} as const;

/** Bits of a pull's sysFlag. Source: PullSysFlag.java. */
export const PullSysFlag = {
  commitOffset: 0x1,
  suspend: 0x2,
  subscription: 0x4,
  classFilter: 0x8,
  litePull: 0x10,
} as const;

/** How a body was compressed; undefined when it was not. */
export function compressionOf(sysFlag: number): 'zlib' | 'lz4' | 'zstd' | undefined {
  if ((sysFlag & MessageSysFlag.compressed) === 0) return undefined;
  const kind = sysFlag & MessageSysFlag.compressionMask;
  if (kind === MessageSysFlag.lz4) return 'lz4';
  if (kind === MessageSysFlag.zstd) return 'zstd';
  return 'zlib';
}
