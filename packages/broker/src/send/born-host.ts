import { encodeHost } from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';

const ATTRIBUTE = 'bornHost';

/** The peer's address as records carry it; made once a connection. */
export function hostOf(connection: Connection): Buffer {
  const known = connection.attributes.get(ATTRIBUTE);
  if (known !== undefined) return known as Buffer;
  const host = encodeHost(splitAddress(connection.remoteAddress));
  connection.attributes.set(ATTRIBUTE, host);
  return host;
}

function splitAddress(address: string): { ip: string; port: number } {
  const colon = address.lastIndexOf(':');
  return {
    ip: address.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(colon + 1)),
  };
}
