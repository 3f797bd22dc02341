import { AccessCheck, type AclFiles } from '@orbitmq/auth';
import type { Logger } from '@orbitmq/kernel';
import { type FrameView, ResponseCode, requestName } from '@orbitmq/protocol';
import { BoundedLog, type Connection, type RawHandler, ResponseError } from '@orbitmq/remoting';
import type { Clock } from '@orbitmq/runtime';

/** What tools and users look for in a refusal. */
const REMARK_PREFIX = 'org.apache.rocketmq.acl.common.AclException: ';

/**
 * Looks at every request before anything else sees it, when `aclEnable` is set. A broker without it has no
 * gate at all.
 *
 * @throws {ResponseError} of the gate, for a request that is refused: SYSTEM_ERROR with the reference's words. It is
 *   logged, bounded in number, with the request and the peer, never with a signature
 */
export function accessGate(files: AclFiles, log: Logger, clock: Clock): RawHandler {
  const check = new AccessCheck();
  const peerLog = new BoundedLog(log, clock);
  const addresses = new WeakMap<Connection, string>();
  return (connection: Connection, frame: FrameView) => {
    let address = addresses.get(connection);
    if (address === undefined) {
      address = addressOf(connection.remoteAddress);
      addresses.set(connection, address);
    }
    const refusal = check.refusal(files.rules, address, frame);
    if (refusal === undefined) return;
    const { remoteAddress } = connection;
    peerLog.warn({ request: requestName(frame.code), remoteAddress, refusal }, 'request refused');
    throw new ResponseError(ResponseCode.SYSTEM_ERROR, REMARK_PREFIX + refusal);
  };
}

/** The host of `ip:port`, without the brackets of IPv6. */
function addressOf(remoteAddress: string): string {
  return remoteAddress.slice(0, remoteAddress.lastIndexOf(':')).replace(/^\[|\]$/gu, '');
}
