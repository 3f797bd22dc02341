/**
 * PROXY protocol: the header with which HAProxy tells on whose behalf it connects.
 *
 *   v1  "PROXY TCP4 SOURCE DESTINATION SPORT DPORT\r\n" or "PROXY UNKNOWN ...\r\n", at most 107 bytes
 *   v2  offset size
 *       0      12   signature 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
 *       12     1    version 2 in the upper four bits; command: 0 LOCAL, 1 PROXY
 *       13     1    family: 0x11 TCP4, 0x21 TCP6, others carry no address for us
 *       14     2    length of what follows
 *       16     n    source address, destination address, source port, destination port, TLVs
 *
 * Source: NettyRemotingServer.HandshakeHandler, HAProxyMessageDecoder.
 */
import { RocketMqError } from '@orbitmq/kernel';

export type ProxyHeader =
  | { readonly kind: 'none' }
  | { readonly kind: 'incomplete' }
  /** `source` is absent when the proxy speaks for itself. */
  | { readonly kind: 'header'; readonly sizeBytes: number; readonly source?: ProxySource };

export interface ProxySource {
  readonly host: string;
  readonly port: number;
}

const V1_PREFIX = Buffer.from('PROXY ');
const V1_MAX_BYTES = 107;
const V2_SIGNATURE = Buffer.from([
  0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
]);
const V2_FIXED_BYTES = 16;
/** Addresses and a few hundred bytes of TLVs; the field itself allows 64 KiB. */
const V2_MAX_BYTES = 4096;
/** Nothing but an IPv4 or IPv6 address is made of these; what it is worth is the proxy's business. */
const ADDRESS = /^[\da-fA-F:.]{2,45}$/;
const TCP4 = 0x11;
const TCP6 = 0x21;

/** @throws {RocketMqError} PROXY_HEADER_MALFORMED */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsAlike(bytes, V1_PREFIX)) return parseV1(bytes);
  if (startsAlike(bytes, V2_SIGNATURE)) return parseV2(bytes);
  return { kind: 'none' };
}

/** Whether all that is there of the prefix agrees. */
function startsAlike(bytes: Buffer, prefix: Buffer): boolean {
  const size = Math.min(bytes.length, prefix.length);
  return size > 0 && bytes.compare(prefix, 0, size, 0, size) === 0;
}

function parseV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf('\r\n');
  if (end < 0) {
    if (bytes.length >= V1_MAX_BYTES) throw malformed('line does not end');
    return { kind: 'incomplete' };
  }
  const [, protocol, host = '', , port = ''] = bytes.toString('latin1', 0, end).split(' ');
  const sizeBytes = end + 2;
  if (protocol === 'UNKNOWN') return { kind: 'header', sizeBytes };
  if ((protocol !== 'TCP4' && protocol !== 'TCP6') || !ADDRESS.test(host)) {
    throw malformed('no TCP address');
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw malformed('no port');
  return { kind: 'header', sizeBytes, source: { host, port: Number(port) } };
}

function parseV2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_FIXED_BYTES) return { kind: 'incomplete' };
  const versionAndCommand = bytes.readUInt8(12);
  const sizeBytes = V2_FIXED_BYTES + bytes.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2 || sizeBytes > V2_MAX_BYTES) {
    throw malformed('version or length');
  }
  if (bytes.length < sizeBytes) return { kind: 'incomplete' };
  if ((versionAndCommand & 0x0f) === 0) return { kind: 'header', sizeBytes };
  const source = sourceOf(bytes.readUInt8(13), bytes.subarray(V2_FIXED_BYTES, sizeBytes));
  return { kind: 'header', sizeBytes, ...(source === undefined ? {} : { source }) };
}

function sourceOf(family: number, addresses: Buffer): ProxySource | undefined {
  if (family === TCP4) {
    if (addresses.length < 12) throw malformed('addresses are cut off');
    return { host: addresses.subarray(0, 4).join('.'), port: addresses.readUInt16BE(8) };
  }
  if (family === TCP6) {
    if (addresses.length < 36) throw malformed('addresses are cut off');
    const groups = Array.from({ length: 8 }, (_, at) =>
      addresses.readUInt16BE(at * 2).toString(16),
    );
    return { host: groups.join(':'), port: addresses.readUInt16BE(32) };
  }
  return undefined;
}

function malformed(what: string): RocketMqError {
  return new RocketMqError(`PROXY header is malformed: ${what}`, {
    code: 'PROXY_HEADER_MALFORMED',
  });
}
