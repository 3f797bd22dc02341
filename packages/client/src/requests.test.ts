import { describe, expect, it } from '@jest/globals';
import { decodeRecallHandle } from './recall-handle.ts';
import { createReply } from './requests.ts';

const invalid = { code: 'CLIENT_INVALID_ARGUMENT' };

describe('an answer', () => {
  const properties = { CLUSTER: 'C', CORRELATION_ID: 'id', REPLY_TO_CLIENT: 'c', TTL: '3000' };

  it('goes to the reply topic of the cluster that the request came through', () => {
    expect(createReply({ properties }, 'yes')).toMatchObject({
      topic: 'C_REPLY_TOPIC',
      replyTo: { correlationId: 'id', clientId: 'c', timeToLiveMs: '3000' },
    });
  });

  it.each(Object.keys(properties))('to a message without %s is refused', (missing) => {
    const rest = Object.fromEntries(
      Object.entries(properties).filter(([name]) => name !== missing),
    );
    expect(() => createReply({ properties: rest }, 'x')).toThrow(expect.objectContaining(invalid));
  });
});

describe('a recall handle', () => {
  it('says which broker holds which message', () => {
    const handle =
      'djEgVG9waWNBIGJyb2tlci1hIDE3MTYyMDkwMDAwMDAgMEEwMDAwMDUxMEUxMThCNEFBQzI2NDhDMDA5NTAwMDc=';
    expect(decodeRecallHandle(handle)).toEqual({
      topic: 'TopicA',
      brokerName: 'broker-a',
      deliverTimestampMs: 1_716_209_000_000,
      messageId: '0A00000510E118B4AAC2648C00950007',
    });
  });

  it.each(['', '???', 'djIgYSBiIDEgYw==', 'djEgYSBiIDE='])('that is %j is refused', (handle) => {
    expect(() => decodeRecallHandle(handle)).toThrow(expect.objectContaining(invalid));
  });
});
