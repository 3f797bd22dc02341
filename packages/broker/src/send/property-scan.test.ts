import { describe, expect, it } from '@jest/globals';
import { javaHashCode } from '@orbitmq/kernel';
import { decodeProperties } from '@orbitmq/protocol';
import fc from 'fast-check';
import { SpecialProperty } from './property-bytes.ts';
import { PropertyScan } from './property-scan.ts';

const NAMES = [
  'TAGS',
  'DELAY',
  'PGROUP',
  'REAL_TOPIC',
  'REAL_QID',
  'TIMER_DELAY_MS',
  'TIMER_DELAY_SEC',
  'TIMER_DELIVER_MS',
  'TRAN_PREPARED_QUEUE_OFFSET',
  'TAG',
  '',
];

/** Properties, well formed or not, with names that matter among others. */
const TEXTS = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 3 })),
      fc.oneof(fc.nat().map(String), fc.string({ maxLength: 4 })),
      fc.constantFrom('\u0001', '\u0001', ''),
    ),
  )
  .map((pairs) => pairs.map(([name, value, mark]) => `${name}${mark}${value}`).join('\u0002'));

function numberOf(text: string | undefined): number {
  return text !== undefined && /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : -1;
}

describe('a scan of properties', () => {
  it('says what decoding them says', () => {
    const scan = new PropertyScan();
    fc.assert(
      fc.property(TEXTS, (text) => {
        const bytes = Buffer.from(`#${text}#`);
        scan.read(bytes, 1, bytes.length - 1);
        const properties = decodeProperties(text);
        const textOf = (start: number, end: number) =>
          start < 0 ? undefined : bytes.toString('utf8', start, end);
        const isTimer = NAMES.some((name) => name.startsWith('TIMER_') && name in properties);
        expect({
          tagsCode: scan.tagsCode,
          special: scan.special,
          delayLevel: scan.delayLevel,
          realTopic: textOf(scan.realTopicStart, scan.realTopicEnd),
          producerGroup: textOf(scan.producerGroupStart, scan.producerGroupEnd),
          realQueueId: scan.realQueueId,
          preparedQueueOffset: scan.preparedQueueOffset,
        }).toEqual({
          tagsCode: javaHashCode(properties['TAGS'] ?? ''),
          special:
            ('DELAY' in properties ? SpecialProperty.delay : 0) +
            (isTimer ? SpecialProperty.timer : 0),
          delayLevel: numberOf(properties['DELAY']),
          realTopic: properties['REAL_TOPIC'],
          producerGroup: properties['PGROUP'],
          realQueueId: numberOf(properties['REAL_QID']),
          preparedQueueOffset: numberOf(properties['TRAN_PREPARED_QUEUE_OFFSET']),
        });
      }),
      { numRuns: 3_000 },
    );
  });
});
