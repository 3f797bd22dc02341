/**
 * Sockets that read into one buffer they share, instead of a new one for each read. Node makes 64 KiB
 * of external memory for every read and cuts it to what came: with many small reads their collection
 * took 13 % of a loaded broker's CPU time.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** What one read takes at most: the requests of a few hundred small sends. */
const READ_BYTES = 256 * 1024;

/** Its bytes are valid until the call that tells of them returns: the loop reads one socket at a time. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

/** What Node's own server passes to the sockets it makes, beyond what is documented. */
interface HandleOptions extends SocketConstructorOpts {
  readonly handle: unknown;
  readonly pauseOnCreate: boolean;
  readonly onread: OnReadOpts;
}

/**
 * A socket in the place of an accepted one that has read nothing: paused, and once resumed `onBytes` is called
 * instead of `data` being emitted.
 *
 * Node offers `onread` for connections it opens, not for those it accepts, so the handle is passed on to a
 * new socket in the way Node itself does it.
 *
 * @returns undefined when this Node has no such handle; the accepted socket is to be used as it is
 */
export function readingIntoSharedBuffer(
  accepted: Socket,
  onBytes: (bytes: Buffer) => void,
): Socket | undefined {
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (handle === null || typeof handle !== 'object') return undefined;
  const options: HandleOptions = {
    handle,
    pauseOnCreate: true,
    onread: {
      buffer: readBuffer,
      callback: (count) => {
        onBytes(readBuffer.subarray(0, count));
        return true;
      },
    },
  };
  return new Socket(options);
}
