/** Bytes that are no frame, and frames that no official client sends. */

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A frame with a JSON header of any text. */
export function jsonFrame(header: string, body = Buffer.alloc(0)): Buffer {
  const text = Buffer.from(header);
  return Buffer.concat([int32(4 + text.length + body.length), int32(text.length), text, body]);
}

const MANY_FIELDS = JSON.stringify({
  code: 310,
  extFields: Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`f${index}`, ''])),
});

/** After each of these a server cannot know where the next frame begins: it closes the connection. */
export const CLOSING: readonly (readonly [string, Buffer])[] = [
  ['a length above 16 MiB', int32(16_777_217)],
  ['the largest length', int32(0x7fff_ffff)],
  ['a negative length', int32(-1)],
  ['a length of 0', int32(0)],
  ['a length without room for a header', int32(3)],
  ['a header longer than its frame', Buffer.concat([int32(20), int32(17), Buffer.alloc(16)])],
  ['an unknown serialize type', Buffer.concat([int32(20), int32(0x02_000010), Buffer.alloc(16)])],
  ['half a JSON header', jsonFrame('{"code":310,')],
  ['a JSON header that is no object', jsonFrame('[310]')],
  ['no JSON', jsonFrame('hello')],
  ['a JSON header in UTF-16', jsonFrame('{\u0000"\u0000c\u0000')],
  ['a code that is no number', jsonFrame('{"code":"x"}')],
  ['a code beyond int32', jsonFrame('{"code":2147483648}')],
  ['a field that is an object', jsonFrame('{"code":310,"extFields":{"topic":{"x":1}}}')],
  ['a field that is a list', jsonFrame('{"code":310,"extFields":{"topic":["x"]}}')],
  ['more fields than any request has', jsonFrame(MANY_FIELDS)],
  ['a header nested a hundred thousand deep', jsonFrame(`{"x":${'['.repeat(100_000)}`)],
  [
    'a binary header that is cut off',
    Buffer.concat([int32(14), int32(0x01_00000a), Buffer.alloc(10)]),
  ],
  [
    'a binary remark out of range',
    Buffer.concat([int32(25), int32(0x01_000015), Buffer.alloc(13), int32(99), int32(0)]),
  ],
  [
    'negative lengths in a binary header',
    Buffer.concat([int32(25), int32(0x01_000015), Buffer.alloc(13), int32(-5), int32(-9)]),
  ],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
  ['a TLS record that is no handshake', Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5, 6, 7])],
  ['a PROXY header without an end', Buffer.from(`PROXY TCP4 ${'1'.repeat(300)}`)],
];

/** Frames that are cut off: nothing can be said about them until the peer goes away. */
export const HALF: readonly (readonly [string, Buffer])[] = [
  ['two bytes of a length', Buffer.from([0, 0])],
  ['a length alone', int32(100)],
  ['half a header', Buffer.concat([int32(100), int32(80), Buffer.from('{"code":3')])],
  [
    'a header without its body',
    Buffer.concat([int32(1000), int32(12), Buffer.from('{"code":310}')]),
  ],
  [
    'the beginning of a frame of 16 MiB',
    Buffer.concat([int32(16_777_216), int32(12), Buffer.alloc(70_000)]),
  ],
];
