import { describe, expect, it } from '@jest/globals';
import { parseKeyFile, parseToolsYaml } from './credentials.ts';
import { signRequests } from './sign-request.ts';
import { signatureOf, signedValues } from './signature.ts';

const SECRET = '12345678';
const QUERY = {
  AccessKey: 'rocketmq2',
  beginTimestamp: '0',
  endTimestamp: '9223372036854775807',
  key: 'K1',
  maxNum: '32',
  topic: 'TopicTest',
};

describe('a signature', () => {
  it('of fields alone is the one of the official client', () => {
    const values = signedValues({ topic: 'TopicTest', AccessKey: 'rocketmq2' });
    expect(values).toBe('rocketmq2TopicTest');
    expect(signatureOf(SECRET, values, undefined)).toBe('GeeGoP9mRvDhoVp4PD5omX0prgE=');
  });

  it('of a send of the official 4.9 client is what that client sent', () => {
    const fields = {
      a: 'PIDX',
      b: 'topicB',
      c: 'TBW102',
      d: '4',
      e: '0',
      f: '0',
      g: '1795345962768',
      h: '0',
      i: 'KEYS\u0001k\u0002UNIQ_KEY\u0001FD00000000000000000000000000000233AB5FFD2B276E8D6F0F0000\u0002WAIT\u0001true\u0002TAGS\u0001t',
      j: '0',
      k: 'false',
      m: 'false',
      n: 'broker-a',
      AccessKey: 'rocketmq2',
      Signature: 'is not signed itself',
    };
    const signature = signatureOf(SECRET, signedValues(fields), Buffer.from('x'));
    expect(signature).toBe('m9YOmJkvHRcvdMH0pAHlTtYsrQg=');
  });

  it('of a query by unique key has both forms that peers compute', () => {
    const fields = { ...QUERY, _UNIQUE_KEY_QUERY: 'true' };
    const asClients = signatureOf(SECRET, signedValues(fields), undefined);
    const asBrokers = signatureOf(SECRET, signedValues(fields, '_UNIQUE_KEY_QUERY'), undefined);
    expect(asClients).toBe('KIzfCFHGJwafS0rTyDp3OU65Dcg=');
    expect(asBrokers).toBe('Nv2ErIXztpFp5UWBk5irllrn7jk=');
  });
});

describe('the signing hook', () => {
  it('signs a query so that every broker accepts it', () => {
    const extFields: Record<string, string> = { ...QUERY, _UNIQUE_KEY_QUERY: 'true' };
    signRequests({ accessKey: 'rocketmq2', secretKey: SECRET })({ extFields, body: undefined });
    expect(extFields).toEqual({ ...QUERY, Signature: 'Nv2ErIXztpFp5UWBk5irllrn7jk=' });
  });

  it('sends a token that was given, signed with the rest', () => {
    const extFields: Record<string, string> = { topic: 'T' };
    const credentials = { accessKey: 'rocketmq2', secretKey: SECRET, securityToken: 'tok' };
    signRequests(credentials)({ extFields, body: undefined });
    expect(extFields['SecurityToken']).toBe('tok');
    expect(extFields['Signature']).toBe(signatureOf(SECRET, 'rocketmq2tokT', undefined));
  });

  it('signs a request that is sent again as it signed it first', () => {
    const extFields: Record<string, string> = { topic: 'T' };
    const sign = signRequests({ accessKey: 'rocketmq2', secretKey: SECRET });
    sign({ extFields, body: Buffer.from('b') });
    const first = extFields['Signature'];
    sign({ extFields, body: Buffer.from('b') });
    expect(extFields['Signature']).toBe(first);
  });
});

describe('credentials', () => {
  it('are read from tools.yml as they are written, also when they look like numbers', () => {
    const text = '# for mqadmin\naccessKey: RocketMQ\nsecretKey: 0012345678\n';
    expect(parseToolsYaml(text)).toEqual({ accessKey: 'RocketMQ', secretKey: '0012345678' });
  });

  it('are none when a key is blank, null, or missing', () => {
    expect(parseToolsYaml('accessKey: RocketMQ\nsecretKey:\n')).toBeUndefined();
    expect(parseToolsYaml('accessKey: RocketMQ\nsecretKey: null\n')).toBeUndefined();
    expect(parseToolsYaml('')).toBeUndefined();
    expect(parseKeyFile('AccessKey=a\n')).toBeUndefined();
  });

  it('are refused with a code when the file is something else', () => {
    for (const text of ['- a\n- b\n', 'just text', 'a: [', '{{{']) {
      expect(() => parseToolsYaml(text)).toThrow(
        expect.objectContaining({ code: 'ACL_FILE_MALFORMED' }),
      );
    }
  });

  it('are read from a key file with equals signs in a secret', () => {
    const text = 'AccessKey=ak\r\nSecretKey=s=e=c==\r\nSecurityToken=t\r\n';
    expect(parseKeyFile(text)).toEqual({
      accessKey: 'ak',
      secretKey: 's=e=c==',
      securityToken: 't',
    });
  });
});
