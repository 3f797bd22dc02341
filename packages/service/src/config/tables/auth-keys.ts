import { boolKey, intKey, optionalTextKey } from '../key.ts';

/** Settings of users and permissions of 5.x. Source: AuthConfig.java. */
export const authKeys = {
  configName: optionalTextKey('Name (= brokerName).'),
  clusterName: optionalTextKey('Cluster.'),
  authConfigPath: optionalTextKey('Directory of auth data (= root/config).'),
  authenticationEnabled: boolKey(false, 'Check users.'),
  authenticationProvider: optionalTextKey('Class.'),
  authenticationMetadataProvider: optionalTextKey('Class (local RocksDB or proxy).'),
  authenticationStrategy: optionalTextKey('Class.'),
  authenticationWhitelist: optionalTextKey(', list of request codes not checked.'),
  initAuthenticationUser: optionalTextKey('JSON {"username":..,"password":..} created at start.', {
    isSecret: true,
  }),
  innerClientAuthenticationCredentials: optionalTextKey(
    'JSON {"accessKey":..,"secretKey":..} used by the broker itself.',
    { isSecret: true },
  ),
  authorizationEnabled: boolKey(false, 'Check permissions.'),
  authorizationProvider: optionalTextKey('Class.'),
  authorizationMetadataProvider: optionalTextKey('Class.'),
  authorizationStrategy: optionalTextKey('Class.'),
  authorizationWhitelist: optionalTextKey(', list of request codes.'),
  migrateAuthFromV1Enabled: boolKey(false, 'Import plain_acl.yml.'),
  userCacheMaxNum: intKey(1000, 'Cache.'),
  userCacheExpiredSecond: intKey(600, 'Cache.'),
  userCacheRefreshSecond: intKey(60, 'Cache.'),
  aclCacheMaxNum: intKey(1000, 'Cache.'),
  aclCacheExpiredSecond: intKey(600, 'Cache.'),
  aclCacheRefreshSecond: intKey(60, 'Cache.'),
  statefulAuthenticationCacheMaxNum: intKey(10_000, 'Cache.'),
  statefulAuthenticationCacheExpiredSecond: intKey(60, 'Cache.'),
  statefulAuthorizationCacheMaxNum: intKey(10_000, 'Cache.'),
  statefulAuthorizationCacheExpiredSecond: intKey(60, 'Cache.'),
} as const;
