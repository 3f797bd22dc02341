/** Users and policies of 5.x. */
import { bodyOf } from './body.ts';
import { defaulted, list, optional, struct, type TypeOf, text } from './shape.ts';

/** Source: UserInfo.java. */
export type UserInfo = TypeOf<typeof userInfo>;
const userInfo = struct({
  password: optional(text),
  /** enable or disable. */
  userStatus: optional(text),
  /** Super or Normal. */
  userType: optional(text),
  username: optional(text),
});
export const { parse: parseUserInfo, print: printUserInfo } = bodyOf('UserInfo', userInfo);
export const { parse: parseUserInfoList, print: printUserInfoList } = bodyOf(
  'UserInfo list',
  list(userInfo),
);

/** Source: AclInfo.PolicyEntryInfo. */
export type PolicyEntryInfo = TypeOf<typeof policyEntryInfo>;
const policyEntryInfo = struct({
  actions: defaulted(list(text), []),
  /** Allow or Deny. */
  decision: optional(text),
  /** `Topic:name`, `Group:prefix*` and others. */
  resource: optional(text),
  sourceIps: optional(list(text)),
});

/** Source: AclInfo.PolicyInfo. */
export type PolicyInfo = TypeOf<typeof policyInfo>;
const policyInfo = struct({
  entries: defaulted(list(policyEntryInfo), []),
  /** Custom or Default. */
  policyType: optional(text),
});

/** Source: AclInfo.java. */
export type AclInfo = TypeOf<typeof aclInfo>;
const aclInfo = struct({
  policies: defaulted(list(policyInfo), []),
  /** `User:name`. */
  subject: optional(text),
});
export const { parse: parseAclInfo, print: printAclInfo } = bodyOf('AclInfo', aclInfo);
export const { parse: parseAclInfoList, print: printAclInfoList } = bodyOf(
  'AclInfo list',
  list(aclInfo),
);
