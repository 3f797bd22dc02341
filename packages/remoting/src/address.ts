import { RocketMqError } from '@orbitmq/kernel';
import type { Endpoint } from '@orbitmq/runtime';
import { RemotingErrorCode } from './errors.ts';

/** `host:port`, the host a name, an IPv4 or an IPv6 address, the last with or without brackets. */
const ADDRESS = /^\[?([^[\]\s/]+?)\]?:(\d{1,5})$/;
const MAX_PORT = 65_535;

/** @throws {RocketMqError} REMOTING_ADDRESS_INVALID */
export function parseAddress(address: string): Endpoint {
  const [, host, port] = ADDRESS.exec(address.trim()) ?? [];
  if (host === undefined || port === undefined || Number(port) > MAX_PORT) {
    throw new RocketMqError(`${JSON.stringify(address)} is no address, expected host:port`, {
      code: RemotingErrorCode.addressInvalid,
      details: { address },
    });
  }
  return { host, port: Number(port) };
}
