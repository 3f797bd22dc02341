import { describe, expect, it } from '@jest/globals';
import { BATCH_ELEMENT_FIXED_BYTES, decodeProperties } from '@orbitmq/protocol';
import fc from 'fast-check';
import type { Message } from './message.ts';
import {
  type OutgoingSettings,
  prepareBatch,
  prepareMessage,
  splitIntoBatches,
} from './outgoing.ts';
import { UniqueIds } from './unique-id.ts';

const SETTINGS: OutgoingSettings = {
  maxMessageBytes: 1_000,
  compressFromBytes: 100,
  compression: 'zlib',
  namespace: undefined,
};
const ids = new UniqueIds({
  ip: '10.0.0.5',
  pid: 1,
  random: { next: () => 0, below: () => 1 },
  clock: { now: () => 0, monotonicMs: () => 0 },
});
const invalid = { code: 'CLIENT_INVALID_ARGUMENT' };

function prepare(message: Partial<Message>): ReturnType<typeof prepareMessage> {
  return prepareMessage({ topic: 'T', body: 'x', ...message }, ids, SETTINGS);
}

describe('a message', () => {
  it('carries what its sender said, and the id', async () => {
    const outgoing = await prepare({ keys: ['k1', 'k2'], tags: 'A', properties: { p: 'v=1' } });
    expect({ ...decodeProperties(outgoing.properties) }).toEqual({
      p: 'v=1',
      KEYS: 'k1 k2',
      TAGS: 'A',
      UNIQ_KEY: outgoing.messageIds[0],
      WAIT: 'true',
    });
    expect([outgoing.sysFlag, outgoing.body.toString()]).toEqual([0, 'x']);
  });

  it('of a namespace goes to the topic there, and says so', async () => {
    const settings = { ...SETTINGS, namespace: 'ns' };
    const outgoing = await prepareMessage({ topic: 'T', body: 'x' }, ids, settings);
    expect(outgoing.topic).toBe('ns%T');
    expect(decodeProperties(outgoing.properties)['INSTANCE_ID']).toBe('ns');
    expect(prepareBatch([{ topic: 'T', body: 'x' }], ids, settings).topic).toBe('ns%T');
  });

  it('is compressed from the given size on, and marked as Apache marks it', async () => {
    const outgoing = await prepare({ body: 'y'.repeat(100) });
    expect(outgoing.sysFlag).toBe(0x301);
    expect(outgoing.body.length).toBeLessThan(100);
  });

  it.each<[string, Partial<Message>]>([
    ['without body', { body: '' }],
    ['with a body that is none', { body: undefined as never }],
    ['that is too large', { body: 'z'.repeat(1_001) }],
    ['to a topic with an illegal name', { topic: 'a b' }],
    ['to a topic of the system', { topic: 'RMQ_SYS_TRANS_HALF_TOPIC' }],
    ['with a reserved property', { properties: { UNIQ_KEY: 'mine' } }],
    ['with a blank property', { properties: { p: ' ' } }],
    ['with a property that is no text', { properties: { p: 1 as never } }],
    [
      'with a value that would begin another property',
      { properties: { p: 'v\u0002UNIQ_KEY\u0001x' } },
    ],
    ['with keys that would', { keys: 'k\u0002TAGS\u0001x' }],
    ['with a negative delay', { delayLevel: -1 }],
    ['with more properties than 16 bits can count', { properties: { p: 'é'.repeat(16_384) } }],
  ])('%s is refused', async (_what, message) => {
    await expect(prepare(message)).rejects.toMatchObject(invalid);
  });
});

describe('a batch', () => {
  it.each<[string, Message[]]>([
    ['of nothing', []],
    [
      'of two topics',
      [
        { topic: 'T', body: 'x' },
        { topic: 'U', body: 'x' },
      ],
    ],
    ['with a delayed message', [{ topic: 'T', body: 'x', delayLevel: 1 }]],
    ['of retries', [{ topic: '%RETRY%G', body: 'x' }]],
    ['that is too large', Array.from({ length: 3 }, () => ({ topic: 'T', body: 'x'.repeat(400) }))],
    [
      'of messages that wait and others that do not',
      [
        { topic: 'T', body: 'x' },
        { topic: 'T', body: 'x', waitsForStore: false },
      ],
    ],
  ])('%s is refused', (_what, messages) => {
    expect(() => prepareBatch(messages, ids, SETTINGS)).toThrow(expect.objectContaining(invalid));
  });

  it('is cut so that each part may be sent, and nothing is lost or moved', () => {
    const message = fc.record({
      topic: fc.constant('T'),
      body: fc.string({ minLength: 1, maxLength: 300 }),
      tags: fc.constantFrom('A', undefined),
      properties: fc.dictionary(fc.constantFrom('p', 'q'), fc.constant('välue')),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        const batches = splitIntoBatches(messages, 2_000);
        expect(batches.flat()).toEqual(messages);
        for (const batch of batches) {
          expect(
            prepareBatch(batch, ids, { ...SETTINGS, maxMessageBytes: 2_000 }).body.length,
          ).toBeGreaterThan(BATCH_ELEMENT_FIXED_BYTES);
        }
      }),
    );
  });

  it('holds messages of one topic, and of one kind of answer', () => {
    const messages: Message[] = [
      { topic: 'A', body: '1' },
      { topic: 'A', body: '2', waitsForStore: true },
      { topic: 'A', body: '3', waitsForStore: false },
      { topic: 'B', body: '4', waitsForStore: false },
      { topic: 'A', body: '5' },
    ];
    const batches = splitIntoBatches(messages);
    expect(batches.map((batch) => batch.map(({ body }) => body).join(''))).toEqual([
      '12',
      '3',
      '4',
      '5',
    ]);
    for (const batch of batches) expect(() => prepareBatch(batch, ids, SETTINGS)).not.toThrow();
  });
});
