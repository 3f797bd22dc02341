import { describe, expect, it } from '@jest/globals';
import { decodeFields, endTransaction, FrameView, readFrame } from '@orbitmq/protocol';
import { type Measured, median } from './measured.ts';
import { parseReports } from './official-row.ts';
import { answeredId, CommitFrames, requestFrame, setOpaque } from './request-frame.ts';

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

describe('the official producer', () => {
  it('is understood in what it reports', () => {
    const output = [
      '[WARN] something',
      'Current Time: 2026-01-01 00:00:02,000 | Send TPS: 41234 | Max RT(ms): 153 | Average RT(ms):   1.551 | Send Failed: 0 | Response Failed: 0',
      'Current Time: 2026-01-01 00:00:04,000 | Send TPS: 42000 | Max RT(ms): 20 | Average RT(ms):   1.500 | Send Failed: 2 | Response Failed: 1',
    ].join('\n');
    expect(parseReports(output)).toEqual([
      { perSecond: 41_234, averageMs: 1.551, failed: 0 },
      { perSecond: 42_000, averageMs: 1.5, failed: 3 },
    ]);
  });
});

describe('a commit', () => {
  it('names the half message by the place that its answer told', () => {
    const header =
      '{"code":0,"flag":1,"opaque":100000001,"extFields":{"msgId":"7F00000100002A9F00000000000003E8","queueOffset":"5","transactionId":"T1"}}';
    const frame = new CommitFrames('PID').commitOf(header);
    const view = new FrameView();
    expect(readFrame(frame, 0, frame.length, view)).toBe(frame.length);
    expect(view.isOneway).toBe(true);
    const fields = decodeFields(endTransaction.request, view.fields());
    expect(fields).toMatchObject({
      producerGroup: 'PID',
      commitLogOffset: 1000,
      tranStateTableOffset: 5,
      commitOrRollback: 8,
      msgId: '7F00000100002A9F00000000000003E8',
    });
  });
});
