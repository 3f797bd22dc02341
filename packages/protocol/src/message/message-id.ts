/**
 * Hosts and the offset message id.
 *
 *   host       => ip (4 or 16 bytes) port (int32)
 *   message id => host physicalOffset (int64), as upper-case hex: 32 digits, 56 with IPv6
 *
 * Source: MessageDecoder.java (createMessageId, decodeMessageId).
 */
import { RocketMqError, readInt64, writeInt64 } from '@orbitmq/kernel';

export interface HostAddress {
  /** Numeric, IPv4 or IPv6. */
  readonly ip: string;
  readonly port: number;
}

const IPV4_HOST_BYTES = 8;
const IPV6_HOST_BYTES = 20;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
const IPV6_GROUPS = 8;
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** @throws {RocketMqError} ADDRESS_MALFORMED when the ip is not numeric */
export function encodeHost(host: HostAddress): Buffer {
  const ip = MAPPED_IPV4.exec(host.ip)?.[1] ?? host.ip;
  const address = IPV4.test(ip) ? encodeIpv4(ip) : encodeIpv6(ip);
  const bytes = Buffer.alloc(address.length + 4);
  address.copy(bytes);
  bytes.writeInt32BE(host.port, address.length);
  return bytes;
}

/** The host whose {@link encodeHost} bytes are `buffer[start, start + sizeBytes)`; 8 or 20 of them. */
export function decodeHost(buffer: Buffer, start: number, sizeBytes: number): HostAddress {
  const ipBytes = sizeBytes - 4;
  const port = buffer.readInt32BE(start + ipBytes);
  if (sizeBytes === IPV4_HOST_BYTES) {
    return { ip: buffer.subarray(start, start + 4).join('.'), port };
  }
  const groups: string[] = [];
  for (let position = start; position < start + ipBytes; position += 2) {
    groups.push(buffer.readUInt16BE(position).toString(16));
  }
  return { ip: groups.join(':'), port };
}

/** Size of a host in a record: IPv6 ones are marked by a sysFlag bit. */
export function hostBytes(isIpv6: boolean): number {
  return isIpv6 ? IPV6_HOST_BYTES : IPV4_HOST_BYTES;
}

export function encodeMessageId(host: Buffer, physicalOffset: number): string {
  const bytes = Buffer.allocUnsafe(host.length + 8);
  host.copy(bytes);
  writeInt64(bytes, physicalOffset, host.length);
  return bytes.toString('hex').toUpperCase();
}

/** @throws {RocketMqError} MESSAGE_ID_MALFORMED */
export function decodeMessageId(messageId: string): {
  readonly host: HostAddress;
  readonly physicalOffset: number;
} {
  const hostSize = (messageId.length - 16) / 2;
  const isHex = /^[0-9a-fA-F]+$/.test(messageId);
  if (!isHex || (hostSize !== IPV4_HOST_BYTES && hostSize !== IPV6_HOST_BYTES)) {
    throw new RocketMqError(
      `${JSON.stringify(messageId.slice(0, 64))} is no offset message id: 32 or 56 hex digits`,
      { code: 'MESSAGE_ID_MALFORMED' },
    );
  }
  const bytes = Buffer.from(messageId, 'hex');
  return { host: decodeHost(bytes, 0, hostSize), physicalOffset: readInt64(bytes, hostSize) };
}

function encodeIpv4(ip: string): Buffer {
  return Buffer.from(ip.split('.').map(Number));
}

function encodeIpv6(text: string): Buffer {
  // A zone such as fe80::1%eth0 has no place in a record.
  const halves = (text.split('%')[0] as string).split('::');
  const head = ipv6Groups(halves[0] as string, text);
  const tail = halves[1] === undefined ? [] : ipv6Groups(halves[1], text);
  const zeros = IPV6_GROUPS - head.length - tail.length;
  const isComplete = halves.length === 1 ? zeros === 0 : halves.length === 2 && zeros > 0;
  if (!isComplete) throw malformedAddress(text);
  const groups = [...head, ...Array.from({ length: zeros }, () => 0), ...tail];
  const bytes = Buffer.alloc(16);
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(group, index * 2);
  return bytes;
}

/** 16-bit groups of a part without `::`; an IPv4 address in it gives two. */
function ipv6Groups(part: string, address: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (IPV6_GROUP.test(group)) return [Number.parseInt(group, 16)];
    if (!IPV4.test(group)) throw malformedAddress(address);
    const bytes = encodeIpv4(group);
    return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  });
}

function malformedAddress(text: string): RocketMqError {
  return new RocketMqError(`${JSON.stringify(text.slice(0, 64))} is no IP address`, {
    code: 'ADDRESS_MALFORMED',
  });
}
