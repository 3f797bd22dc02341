import type { ScenarioRow } from '../row.ts';

/** 5.x brokers keep users instead of a file of accounts. */
export const usersRow: ScenarioRow = {
  kind: 'scenario',
  name: 'users',
  promise: 'a client with the credentials of a user works, all others are refused with the reason',
  judges: ['sdk'],
  notAsked: {
    'java-4.9.7': 'our broker has accounts: `acl`',
    'java-5.5.0': 'our broker has accounts: `acl`',
    go: 'our broker has accounts: `acl`',
  },
  without: ({ target }) =>
    target === 'apache-5.5.0' ? undefined : 'it has accounts in plain_acl.yml: row acl',
  full: { count: 40 },
  timeoutMs: 120_000,
  properties: {
    authenticationEnabled: 'true',
    authenticationProvider:
      'org.apache.rocketmq.auth.authentication.provider.DefaultAuthenticationProvider',
    initAuthenticationUser: '{"username":"admin-account","password":"admin-secret"}',
    innerClientAuthenticationCredentials:
      '{"accessKey":"admin-account","secretKey":"admin-secret"}',
    authenticationMetadataProvider:
      'org.apache.rocketmq.auth.authentication.provider.LocalAuthenticationMetadataProvider',
  },
};
