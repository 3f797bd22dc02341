import { OFFICIAL_JUDGES } from '../judges/names.ts';
import type { ScenarioRow } from '../row.ts';

const ACCOUNTS = `accounts:
- accessKey: admin-account
  secretKey: admin-secret
  admin: true
- accessKey: user-account
  secretKey: user-secret
  defaultTopicPerm: PUB|SUB
  defaultGroupPerm: SUB
  topicPerms:
  - AclClosed=DENY
`;

export const aclRow: ScenarioRow = {
  kind: 'scenario',
  name: 'acl',
  promise:
    'clients with credentials do what their account may, all others are refused with the reason',
  judges: OFFICIAL_JUDGES,
  // 5.x brokers have accounts of another kind.
  without: ({ target }) => (target === 'apache-5.5.0' ? 'no plain_acl.yml in 5.5' : undefined),
  full: { count: 40 },
  timeoutMs: 120_000,
  properties: { aclEnable: 'true' },
  homeFiles: { 'conf/plain_acl.yml': ACCOUNTS },
};
