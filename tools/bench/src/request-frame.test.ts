import { describe, expect, it } from '@jest/globals';
import { FrameView, readFrame } from '@orbitmq/protocol';
import { median } from './compare.ts';
import { answeredId, requestFrame, setOpaque } from './request-frame.ts';
import type { Measured } from './send-row.ts';

describe('a frame that is sent many times', () => {
  it('stays a frame whatever its request id', () => {
    const frame = requestFrame(310, { b: 'T' }, Buffer.from('body'));
    const view = new FrameView();
    for (const id of [0, 7, 899_999_999]) {
      setOpaque(frame, id);
      expect(readFrame(frame.bytes, 0, frame.bytes.length, view)).toBe(frame.bytes.length);
      expect(view.opaque).toBe(100_000_000 + id);
      expect(view.body().toString()).toBe('body');
    }
  });

  it('is found again in its answer, unless that is an error', () => {
    const answer = Buffer.from('{"code":0,"flag":1,"opaque":100000042}');
    expect(answeredId(answer, 0, answer.length)).toBe(42);
    const refusal = Buffer.from('{"code":14,"flag":1,"opaque":100000042}');
    expect(answeredId(refusal, 0, refusal.length)).toBe(-1);
  });
});

describe('rounds', () => {
  it('are judged by the one in the middle', () => {
    const rounds = [3, 1, 2].map((perSecond) => ({ perSecond }) as Measured);
    expect(median(rounds).perSecond).toBe(2);
  });
});
