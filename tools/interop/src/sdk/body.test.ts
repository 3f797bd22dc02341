import { expect, it } from '@jest/globals';
import { indexOfBody, makeBody } from './body.ts';

it('makes the body that the Java and Go judges make', () => {
  const body = makeBody('volume_k1', 42, 64);
  expect(body.toString('latin1')).toMatch(/^volume_k1:42:[a-z]{43}[0-9a-f]{8}$/);
  expect(body.length).toBe(64);
  // Python: zlib.crc32 of the 56 bytes before it; unlike RocketMQ's own checksums it keeps its highest bit.
  expect(body.toString('latin1', 56)).toBe('91d95680');
  expect(body[13]).toBe('a'.charCodeAt(0) + ((42 * 31 + 13) % 26));
});

it('finds the index of an unchanged body only', () => {
  const body = makeBody('run', 7, 200);
  expect(indexOfBody('run', body)).toBe(7);
  expect(indexOfBody('other', body)).toBe(-1);
  for (let position = 0; position < body.length; position++) {
    const changed = Buffer.from(body);
    changed.writeUInt8((body[position] ?? 0) ^ 1, position);
    expect([position, indexOfBody('run', changed)]).toEqual([position, -1]);
  }
});

it('takes a body that is too short for what it must hold as long as it must be', () => {
  expect(indexOfBody('run', makeBody('run', 3, 1))).toBe(3);
  expect(indexOfBody('run', Buffer.alloc(0))).toBe(-1);
});
