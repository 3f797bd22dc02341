/**
 * One remoting request and its answer, written here a second time on purpose: what decides whether
 * a peer is ready must not depend on the packages that are being judged.
 *
 *   0  4  length of all that follows
 *   4  1  0: the header is JSON    5  3  header length    8  header, then body
 */
import { connect } from 'node:net';
import { RocketMqError } from '@orbitmq/kernel';

export interface Answer {
  readonly code: number;
  readonly remark: string | undefined;
  readonly body: string;
}

/** The largest answer read: route and cluster answers are a few hundred bytes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

function encodeRequest(code: number, fields: Readonly<Record<string, string>>): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      code,
      language: 'JAVA',
      version: 407,
      opaque: 1,
      flag: 0,
      serializeTypeCurrentRPC: 'JSON',
      extFields: fields,
    }),
  );
  const prefix = Buffer.alloc(8);
  prefix.writeInt32BE(4 + header.length, 0);
  prefix.writeInt32BE(header.length, 4);
  return Buffer.concat([prefix, header]);
}

function decodeAnswer(frame: Buffer): Answer {
  const headerLength = frame.readInt32BE(4) & 0xff_ffff;
  const header = JSON.parse(frame.toString('utf8', 8, 8 + headerLength)) as {
    readonly code: number;
    readonly remark?: string;
  };
  return {
    code: header.code,
    remark: header.remark,
    body: frame.toString('utf8', 8 + headerLength),
  };
}

/**
 * Sends one request on a connection of its own.
 *
 * @throws {RocketMqError} `QUERY_FAILED` when nobody listens, the connection ends or the time is over
 */
export function queryOnce(
  address: string,
  code: number,
  fields: Readonly<Record<string, string>> = {},
  timeoutMs = 2_000,
): Promise<Answer> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon));
    const chunks: Buffer[] = [];
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new RocketMqError(`${address}: ${reason}`, { code: 'QUERY_FAILED' }));
    };
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.once('connect', () => socket.write(encodeRequest(code, fields)));
    socket.once('error', (error) => fail(error.message));
    socket.once('close', () => {
      clearTimeout(timer);
      fail('connection closed');
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const received = Buffer.concat(chunks);
      if (received.length < 8) return;
      const length = received.readInt32BE(0) + 4;
      if (length < 8 || length > MAX_ANSWER_BYTES) return fail(`answer of ${length} bytes`);
      if (received.length < length) return;
      clearTimeout(timer);
      socket.removeAllListeners('close');
      socket.destroy();
      resolve(decodeAnswer(received));
    });
  });
}
