import { describe, expect, it } from '@jest/globals';
import {
  encodeCommand,
  FrameView,
  LANGUAGE_OTHER,
  printHeartbeatData,
  RequestCode,
  readFrame,
  SerializeType,
} from '@orbitmq/protocol';
import { AccessCheck } from './access-check.ts';
import type { AclAccount } from './acl-document.ts';
import { AclRules } from './acl-rules.ts';
import { signRequests } from './sign-request.ts';
import { signatureOf, signedValues } from './signature.ts';

const PEER = '10.0.0.9';
const USER: AclAccount = {
  accessKey: 'user-one',
  secretKey: 'secret-one',
  defaultTopicPerm: 'DENY',
  defaultGroupPerm: 'SUB',
  topicPerms: ['orders=PUB', 'events=SUB', 'both=PUB|SUB', 'closed=DENY'],
  groupPerms: ['forbidden=DENY'],
};
const ADMIN: AclAccount = { accessKey: 'admin-one', secretKey: 'secret-two', admin: true };
const LISTED_ADMIN: AclAccount = {
  accessKey: 'admin-two',
  secretKey: 'secret-six',
  admin: true,
  topicPerms: ['orders=PUB'],
};
const check = new AccessCheck();

function rulesOf(accounts: readonly AclAccount[], globalWhite: readonly string[] = []): AclRules {
  const version = { counter: 0, timestamp: 0 };
  return new AclRules([{ globalWhiteRemoteAddresses: globalWhite, accounts, version }]);
}

interface Sent {
  readonly code: number;
  readonly extFields?: Record<string, string>;
  readonly body?: Buffer | undefined;
  readonly serializeType?: SerializeType;
}

function frameOf({
  code,
  extFields = {},
  body,
  serializeType = SerializeType.json,
}: Sent): FrameView {
  const bytes = encodeCommand({
    code,
    language: LANGUAGE_OTHER,
    version: 407,
    opaque: 1,
    flag: 0,
    extFields,
    body,
    serializeType,
  });
  const view = new FrameView();
  readFrame(bytes, 0, bytes.length, view);
  return view;
}

function signed(account: AclAccount, sent: Sent): FrameView {
  const extFields = { ...sent.extFields };
  signRequests(account)({ extFields, body: sent.body });
  return frameOf({ ...sent, extFields });
}

function refusal(account: AclAccount, sent: Sent): string | undefined {
  const rules = rulesOf([USER, ADMIN, LISTED_ADMIN]);
  return check.refusal(rules, PEER, signed(account, sent));
}

const sendV2 = (topic: string, group = 'PG'): Sent => ({
  code: RequestCode.SEND_MESSAGE_V2,
  extFields: { a: group, b: topic, c: 'TBW102', i: 'TAGS\u0001é\u0002"' },
  body: Buffer.from('body'),
});
const pull = (topic: string, consumerGroup: string): Sent => ({
  code: RequestCode.PULL_MESSAGE,
  extFields: { topic, consumerGroup, queueId: '0' },
});

const deniedTopic = (topic: string): string => `No default permission for topic:${topic}`;
const heartbeat = (groupName: string, topic: string): Sent => ({
  code: RequestCode.HEART_BEAT,
  body: printHeartbeatData({
    clientID: 'c',
    producerDataSet: [],
    consumerDataSet: [
      {
        groupName,
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'CLUSTERING',
        unitMode: false,
        subscriptionDataSet: [
          {
            topic,
            subString: '*',
            expressionType: 'TAG',
            subVersion: 1,
            classFilterMode: false,
            tagsSet: [],
            codeSet: [],
          },
        ],
      },
    ],
  }),
});

describe('a signature', () => {
  it('is accepted in both header encodings, with a body, escapes and letters beyond ASCII', () => {
    for (const serializeType of [SerializeType.json, SerializeType.binary]) {
      expect(refusal(USER, { ...sendV2('orders'), serializeType })).toBeUndefined();
    }
  });

  it('is refused when anything that was signed is another', () => {
    const rules = rulesOf([USER]);
    const { extFields = {}, body, code } = sendV2('orders');
    signRequests(USER)({ extFields, body });
    const changed: readonly Sent[] = [
      { code, extFields, body: Buffer.from('other') },
      { code, extFields: { ...extFields, b: 'both' }, body },
      { code, extFields: { ...extFields, extra: 'x' }, body },
      { code, extFields: { ...extFields, Signature: 'AAAA' }, body },
      { code, extFields: { ...extFields, Signature: '' }, body },
    ];
    for (const sent of changed) {
      expect(check.refusal(rules, PEER, frameOf(sent))).toBe(
        'Check signature failed for accessKey=user-one',
      );
    }
    const { Signature: _, ...unsigned } = extFields;
    expect(check.refusal(rules, PEER, frameOf({ code, extFields: unsigned, body }))).toBe(
      'Check signature failed for accessKey=user-one',
    );
  });

  it('is refused when a field stands in the header twice', () => {
    const rules = rulesOf([USER]);
    const text = signatureOf('secret-one', 'user-oneordersclosed', undefined);
    const header = `{"code":11,"extFields":{"AccessKey":"user-one","Signature":"${text}","topic":"orders","topic":"closed"},"flag":0,"language":"JAVA","opaque":1,"version":407}`;
    const bytes = Buffer.alloc(8 + header.length);
    bytes.writeInt32BE(4 + header.length, 0);
    bytes.writeInt32BE(header.length, 4);
    bytes.write(header, 8);
    const view = new FrameView();
    readFrame(bytes, 0, bytes.length, view);
    expect(check.refusal(rules, PEER, view)).toBe('Check signature failed for accessKey=user-one');
  });

  it('of a query by unique key is accepted as clients sign it and as 4.9 brokers verify it', () => {
    const rules = rulesOf([ADMIN]);
    for (const without of ['', '_UNIQUE_KEY_QUERY']) {
      const fields = { AccessKey: 'admin-one', topic: 'T', key: 'k', _UNIQUE_KEY_QUERY: 'true' };
      const Signature = signatureOf('secret-two', signedValues(fields, without), undefined);
      const frame = frameOf({
        code: RequestCode.QUERY_MESSAGE,
        extFields: { ...fields, Signature },
      });
      expect(check.refusal(rules, PEER, frame)).toBeUndefined();
    }
  });

  it('of a Go client leaves the token out', () => {
    const fields = { AccessKey: 'admin-one', topic: 'T', SecurityToken: 'token' };
    const Signature = signatureOf('secret-two', signedValues(fields, 'SecurityToken'), undefined);
    const frame = frameOf({
      code: RequestCode.GET_MAX_OFFSET,
      extFields: { ...fields, Signature },
    });
    expect(check.refusal(rulesOf([ADMIN]), PEER, frame)).toBeUndefined();
  });
});

describe('a request without an account', () => {
  it('is refused with the reason', () => {
    const rules = rulesOf([USER]);
    expect(check.refusal(rules, PEER, frameOf(sendV2('orders')))).toBe(
      'No accessKey is configured',
    );
    expect(check.refusal(rules, PEER, frameOf({ code: 34 }))).toBe('No accessKey is configured');
    const unknown = signed({ ...USER, accessKey: 'nobody-1' }, sendV2('orders'));
    expect(check.refusal(rules, PEER, unknown)).toBe('No acl config for nobody-1');
  });

  it('is served from a white address, of all or of the account', () => {
    expect(check.refusal(rulesOf([], ['10.0.*']), PEER, frameOf(sendV2('closed')))).toBeUndefined();
    const white = rulesOf([{ ...USER, whiteRemoteAddress: '10.0.0.{8,9}' }]);
    const unsigned = frameOf({ code: 17, extFields: { AccessKey: 'user-one' } });
    expect(check.refusal(white, PEER, unsigned)).toBeUndefined();
    expect(check.refusal(white, '10.0.0.7', unsigned)).toBe(
      'Check signature failed for accessKey=user-one',
    );
  });
});

describe('permissions', () => {
  it('of topics are needed to send to them and to read them', () => {
    expect(refusal(USER, sendV2('orders'))).toBeUndefined();
    expect(refusal(USER, sendV2('both'))).toBeUndefined();
    expect(refusal(USER, sendV2('events'))).toBe(deniedTopic('events'));
    expect(refusal(USER, sendV2('closed'))).toBe(deniedTopic('closed'));
    expect(refusal(USER, sendV2('unlisted'))).toBe(deniedTopic('unlisted'));
    expect(refusal(USER, pull('events', 'G'))).toBeUndefined();
    expect(refusal(USER, pull('orders', 'G'))).toBe(deniedTopic('orders'));
    expect(refusal(USER, { ...pull('orders', 'G'), code: 361 })).toBe(deniedTopic('orders'));
  });

  it('of groups come by default or by name, also for their retry topics', () => {
    const denied = 'No default permission for group:forbidden';
    expect(refusal(USER, pull('events', 'forbidden'))).toBe(denied);
    expect(refusal(USER, pull('%RETRY%G', 'G'))).toBeUndefined();
    expect(refusal(USER, pull('%RETRY%forbidden', 'G'))).toBe(denied);
    expect(refusal(USER, sendV2('%RETRY%forbidden', 'forbidden'))).toBe(denied);
    expect(refusal(USER, { code: 36, extFields: { group: 'forbidden' } })).toBe(denied);
    expect(refusal(USER, { code: 38, extFields: { consumerGroup: 'forbidden' } })).toBe(denied);
    const commit = { topic: 'events', consumerGroup: 'forbidden' };
    expect(refusal(USER, { code: 15, extFields: commit })).toBe(denied);
  });

  it('are looked at for every consumer and topic of a heartbeat', () => {
    expect(refusal(USER, heartbeat('G', 'events'))).toBeUndefined();
    expect(refusal(USER, heartbeat('G', 'orders'))).toBe(deniedTopic('orders'));
    expect(refusal(USER, heartbeat('forbidden', 'events'))).toBe(
      'No default permission for group:forbidden',
    );
  });

  it('are needed for a topic under either of its names, with every code that sends', () => {
    for (const code of [RequestCode.SEND_MESSAGE, RequestCode.SEND_MESSAGE_V2, 320]) {
      for (const name of ['topic', 'b']) {
        const sent = { code, extFields: { [name]: 'closed' } };
        expect(refusal(USER, sent)).toBe(deniedTopic('closed'));
      }
      for (const allowed of ['orders', 'RMQ_SYS_TRACE_TOPIC']) {
        const denied = /^No default permission for topic:/;
        const either = [
          { b: allowed, topic: 'closed' },
          { b: 'closed', topic: allowed },
        ];
        for (const extFields of either) expect(refusal(USER, { code, extFields })).toMatch(denied);
      }
    }
    expect(
      refusal(USER, { code: RequestCode.RECALL_MESSAGE, extFields: { topic: 'closed' } }),
    ).toBe(deniedTopic('closed'));
  });

  it('of the group that a retry topic is of are needed, whichever group the sender names', () => {
    const denied = 'No default permission for group:forbidden';
    expect(refusal(USER, sendV2('%RETRY%forbidden', 'G'))).toBe(denied);
    const sent = { code: RequestCode.SEND_MESSAGE, extFields: { topic: '%RETRY%forbidden' } };
    expect(refusal(USER, sent)).toBe(denied);
    expect(refusal(USER, sendV2('%RETRY%G', 'CLIENT_INNER_PRODUCER'))).toBeUndefined();
  });

  it('are not needed to write traces', () => {
    expect(refusal(USER, sendV2('RMQ_SYS_TRACE_TOPIC'))).toBeUndefined();
    expect(refusal(USER, pull('RMQ_SYS_TRACE_TOPIC', 'G'))).toBe(
      'No default permission for topic:RMQ_SYS_TRACE_TOPIC',
    );
  });

  it('of administrators are all of them, unless the account names some', () => {
    expect(refusal(ADMIN, sendV2('closed'))).toBeUndefined();
    expect(refusal(LISTED_ADMIN, sendV2('orders'))).toBeUndefined();
    expect(refusal(LISTED_ADMIN, sendV2('closed'))).toBe(deniedTopic('closed'));
  });

  it.each([17, 25, 200, 207, 215, 18, 225, 50, 51, 53])(
    'for request %d are administrators alone',
    (code) => {
      const need = `Need admin permission for request code=${code}, but accessKey=user-one is not`;
      expect(refusal(USER, { code })).toBe(need);
      expect(refusal(ADMIN, { code })).toBeUndefined();
    },
  );

  it('are not asked for by requests that only have to be signed', () => {
    for (const code of [14, 28, 30, 37, 41]) {
      expect(refusal(USER, { code, extFields: { topic: 'closed' } })).toBeUndefined();
    }
  });
});
