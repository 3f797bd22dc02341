import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeCommand } from '../command.ts';
import { FrameView, SerializeType } from './frame-view.ts';
import { HeaderFields } from './header-fields.ts';
import { readFrame } from './read-frame.ts';

const NAMES = ['a', 'ab', 'b', 'topic', 'queueId'] as const;

function frameOf(extFields: Record<string, string>, serializeType: SerializeType): FrameView {
  const body = Buffer.alloc(0);
  const base = { code: 10, language: 0, version: 0, opaque: 1, flag: 0, remark: undefined, body };
  const bytes = encodeCommand({ ...base, extFields, serializeType });
  const frame = new FrameView();
  expect(readFrame(bytes, 0, bytes.length, frame)).toBe(bytes.length);
  return frame;
}

describe('header fields', () => {
  const fields = new HeaderFields(NAMES);
  const key = fc.oneof(fc.constantFrom(...NAMES), fc.stringMatching(/^[a-c]{1,3}$/));
  const headers = fc.dictionary(key, fc.stringMatching(/^[ -~]{1,5}$/));

  it('are those of the frame that was read last, whatever else it has and in either form', () => {
    fc.assert(
      fc.property(headers, fc.constantFrom(...Object.values(SerializeType)), (header, form) => {
        fields.read(frameOf(header, form));
        const wanted = NAMES.map((name) => header[name]);
        expect(NAMES.map((name) => fields.text(name))).toEqual(wanted);
      }),
    );
  });

  it('are numbers where they are decimal ones', () => {
    fields.read(frameOf({ queueId: '-12', a: '1x' }, SerializeType.json));
    expect([fields.integer('queueId'), fields.integer('a'), fields.integer('b')]).toEqual([
      -12,
      Number.NaN,
      Number.NaN,
    ]);
  });
});
