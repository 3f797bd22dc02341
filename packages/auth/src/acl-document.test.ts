import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { errorCode } from '@orbitmq/kernel';
import fc from 'fast-check';
import { type AclDocument, parseAclDocument, printAclDocument } from './acl-document.ts';

/** As Apache delivers it, with what its broker adds. */
const SAMPLE = `# accounts
globalWhiteRemoteAddresses:
- 10.10.103.*
- 192.168.0.*

accounts:
- accessKey: RocketMQ
  secretKey: 12345678
  whiteRemoteAddress:
  admin: false
  defaultTopicPerm: DENY
  defaultGroupPerm: SUB
  topicPerms:
  - topicA=DENY
  - topicB=PUB|SUB
  groupPerms:
  # the group should convert to retry topic
  - groupA=DENY
- accessKey: rocketmq2
  secretKey: 0012345678
  whiteRemoteAddress: 192.168.1.*
  # if it is admin, it could access all resources
  admin: true
dataVersion:
- counter: 3
  timestamp: 1700000000000
`;

describe('a file of accounts', () => {
  it('is read as it is written, keys that look like numbers included', () => {
    const document = parseAclDocument(SAMPLE);
    expect(document.globalWhiteRemoteAddresses).toEqual(['10.10.103.*', '192.168.0.*']);
    expect(document.accounts).toEqual([
      {
        accessKey: 'RocketMQ',
        secretKey: '12345678',
        admin: false,
        defaultTopicPerm: 'DENY',
        defaultGroupPerm: 'SUB',
        topicPerms: ['topicA=DENY', 'topicB=PUB|SUB'],
        groupPerms: ['groupA=DENY'],
      },
      {
        accessKey: 'rocketmq2',
        secretKey: '0012345678',
        whiteRemoteAddress: '192.168.1.*',
        admin: true,
      },
    ]);
    expect(document.version).toEqual({ counter: 3, timestamp: 1_700_000_000_000 });
  });

  it('is written as the official broker writes it', () => {
    const [first] = parseAclDocument(SAMPLE).accounts;
    const document = {
      globalWhiteRemoteAddresses: ['10.10.103.*'],
      accounts: first === undefined ? [] : [first],
      version: { counter: 4, timestamp: 1_700_000_000_001 },
    };
    expect(printAclDocument(document)).toBe(`globalWhiteRemoteAddresses:
- 10.10.103.*
accounts:
- accessKey: RocketMQ
  secretKey: "12345678"
  whiteRemoteAddress: null
  admin: false
  defaultTopicPerm: DENY
  defaultGroupPerm: SUB
  topicPerms:
  - topicA=DENY
  - topicB=PUB|SUB
  groupPerms:
  - groupA=DENY
dataVersion:
- counter: 4
  timestamp: 1700000000001
`);
  });

  it('says what is wrong with it and where, without a secret', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['accounts: 5', 'accounts: expected a list'],
      ['accounts:\n- 5', 'accounts: an entry is no map'],
      [
        'accounts:\n- accessKey: short\n  secretKey: verysecret1',
        'The accessKey=short and its secretKey',
      ],
      [
        'accounts:\n- accessKey: longenough\n  secretKey: s3cret',
        'The accessKey=longenough and its secretKey',
      ],
      ['globalWhiteRemoteAddresses:\n- [a]', 'globalWhiteRemoteAddresses: an entry is no text'],
      [
        'accounts:\n- accessKey: longenough\n  secretKey: [verysecret1\nadmin: true',
        'not YAML at line 4, column 1 (',
      ],
      ['accounts:\n- secretKey: "verysecret1', 'not YAML at line 2, column'],
      ['accounts:\n- secretKey: *verysecret1', 'not YAML'],
      ['accounts:\n- secretKey: a\n  secretKey: verysecret1', 'not YAML at line'],
    ];
    for (const [text, message] of cases) {
      const error = thrownBy(() => parseAclDocument(text));
      expect(error).toMatchObject({ code: 'ACL_FILE_MALFORMED' });
      expect(String(error)).toContain(message);
      // As a log has it: with its stack, and what caused it.
      expect(inspect(error)).not.toMatch(/verysecret1|s3cret/);
    }
  });

  it('comes back from its text as it went in', () => {
    const key = fc.string({ minLength: 7, maxLength: 20 }).filter((text) => text.trim() === text);
    const documents: fc.Arbitrary<AclDocument> = fc.record({
      globalWhiteRemoteAddresses: fc.array(fc.constantFrom('10.0.0.1', '10.*', '*')),
      accounts: fc.array(
        fc.record({
          accessKey: key,
          secretKey: key,
          admin: fc.boolean(),
          defaultTopicPerm: fc.constantFrom('PUB', 'DENY'),
          topicPerms: fc.array(fc.constantFrom('a=PUB', 'b=PUB|SUB')),
        }),
      ),
      version: fc.record({ counter: fc.nat(), timestamp: fc.nat() }),
    });
    fc.assert(
      fc.property(documents, (document) => {
        expect(parseAclDocument(printAclDocument(document))).toEqual(document);
      }),
    );
  });

  it('never makes the reader throw anything but its own error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const error = thrownBy(() => parseAclDocument(text));
        expect([undefined, 'ACL_FILE_MALFORMED']).toContain(error && errorCode(error));
      }),
    );
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
