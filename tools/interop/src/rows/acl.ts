import { ALL_JUDGES } from '../judges/names.ts';
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

const WITHOUT: Readonly<Record<string, string>> = {
  // 5.x brokers have accounts of another kind.
  'apache-5.5.0': 'no plain_acl.yml in 5.5',
  // PlainPermissionLoader.checkPerm reads them from the request's resource, not from the account's.
  'apache-4.4.0': 'its default permissions are never granted, to no client',
};

export const aclRow: ScenarioRow = {
  kind: 'scenario',
  name: 'acl',
  promise:
    'clients with credentials do what their account may, all others are refused with the reason',
  judges: ALL_JUDGES,
  without: ({ target }) => WITHOUT[target],
  full: { count: 40 },
  timeoutMs: 120_000,
  properties: { aclEnable: 'true' },
  homeFiles: { 'conf/plain_acl.yml': ACCOUNTS },
};
