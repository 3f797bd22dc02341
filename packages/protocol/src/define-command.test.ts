import { describe, expect, it } from '@jest/globals';
import {
  bool,
  decodeFields,
  defineCommand,
  encodeFields,
  float64,
  int32,
  int64,
  type RequestOf,
  text,
} from './define-command.ts';

const example = defineCommand({
  code: 1,
  name: 'EXAMPLE',
  request: {
    topic: text(),
    queueId: int32(),
    offset: int64({ optional: true }),
    committed: bool({ absent: true }),
    ratio: float64({ optional: true }),
  },
});

describe('header fields', () => {
  it('survive a round trip', () => {
    const values: RequestOf<typeof example> = {
      topic: 'T',
      queueId: -1,
      offset: 9007199254740991,
      committed: false,
      ratio: 1,
    };
    const encoded = encodeFields(example.request, values);
    expect(encoded).toEqual({
      topic: 'T',
      queueId: '-1',
      offset: '9007199254740991',
      committed: 'false',
      ratio: '1.0',
    });
    expect(decodeFields(example.request, encoded)).toEqual(values);
  });

  it('take the stated value when they are absent', () => {
    const decoded = decodeFields(example.request, { topic: 'T', queueId: '0' });
    expect(decoded.committed).toBe(true);
    expect(decoded.offset).toBeUndefined();
  });

  it('name what is missing or wrong', () => {
    expect(() => decodeFields(example.request, { topic: 'T' })).toThrow(/queueId is missing/);
    expect(() => decodeFields(example.request, { topic: 'T', queueId: '2147483648' })).toThrow(
      /queueId is "2147483648", expected an integer of 32 bits/,
    );
    expect(() => decodeFields(example.request, { topic: 'T', queueId: '1.5' })).toThrow(/queueId/);
  });

  it('write a long that no double holds as the nearest long', () => {
    const field = int64();
    expect(field.print(2 ** 63)).toBe('9223372036854775807');
    expect(field.print(-(2 ** 63))).toBe('-9223372036854775808');
    expect(field.parse('9223372036854775807')).toBe(2 ** 63);
  });
});
