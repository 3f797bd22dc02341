import { describe, expect, it } from '@jest/globals';
import {
  afterConsumeLine,
  beforeConsumeLine,
  sendLine,
  transactionEndLine,
} from './trace-lines.ts';

const traced = {
  timeMs: 1_716_208_496_789,
  regionId: 'DefaultRegion',
  group: 'PG_demo',
  messageId: '0A00000510E118B4AAC2648C00950007',
  keys: 'k1',
};
const sent = {
  ...traced,
  topic: 'TopicA',
  tags: 'TagA',
  brokerAddress: '10.0.0.9:10911',
  bodyBytes: 2,
  tookMs: 5.9,
  kind: 'normal',
  offsetMessageId: '0A00000900002A9F0000000000000400',
  isSuccess: true,
} as const;

function visible(line: string): string {
  return line.replaceAll('\u0001', '|').replaceAll('\u0002', '$');
}

describe('a trace line', () => {
  it('of a send has the bytes of the official client', () => {
    const golden =
      '50756201313731363230383439363738390144656661756c74526567696f6e0150475f64656d6f01546f706963410130413030303030353130453131384234414143323634384330303935303030370154616741016b310131302e302e302e393a3130393131013201350130013041303030303039303030303241394630303030303030303030303030343030017472756502';
    expect(Buffer.from(sendLine(sent)).toString('hex')).toBe(golden);
  });

  it('says null for what is absent, and which kind of message it was', () => {
    const half = visible(sendLine({ ...sent, kind: 'half', tags: undefined, keys: undefined }));
    expect(half).toContain('|null|null|10.0.0.9:10911|2|5|1|');
    expect(visible(sendLine({ ...sent, kind: 'delayed' }))).toContain('|2|5|3|');
  });

  it('of a consumption comes twice, joined by an id', () => {
    const consumed = { ...traced, requestId: 'R' };
    expect(visible(beforeConsumeLine(consumed, 2))).toBe(
      'SubBefore|1716208496789|DefaultRegion|PG_demo|R|0A00000510E118B4AAC2648C00950007|2|k1$',
    );
    expect(visible(afterConsumeLine(consumed, { kind: 'later', tookMs: 7 }))).toBe(
      'SubAfter|R|0A00000510E118B4AAC2648C00950007|7|false|k1|4|1716208496789|PG_demo$',
    );
  });

  it('of a transaction says how it ended', () => {
    const end = { ...sent, transactionId: 'TX', state: 'rollback', isFromCheck: true } as const;
    expect(visible(transactionEndLine(end))).toBe(
      'EndTransaction|1716208496789|DefaultRegion|PG_demo|TopicA|0A00000510E118B4AAC2648C00950007|TagA|k1|10.0.0.9:10911|2|TX|ROLLBACK_MESSAGE|true$',
    );
  });
});
