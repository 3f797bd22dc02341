export { AccessCheck, type AccessRefusal } from './access-check.ts';
export {
  type AclAccount,
  type AclDocument,
  type AclVersion,
  parseAclDocument,
  printAclDocument,
} from './acl-document.ts';
export { type AccountChange, AclFiles, type AclFilesOptions } from './acl-files.ts';
export { type AclRule, AclRules } from './acl-rules.ts';
export { type Credentials, parseKeyFile, parseToolsYaml } from './credentials.ts';
export { AclPermission, isPermitted, parsePermission } from './permission.ts';
export { type AddressMatcher, parseAddressPattern } from './remote-address.ts';
export { type SignableRequest, signRequests } from './sign-request.ts';
export { AuthField, signatureOf, signedValues, UNIQUE_KEY_QUERY_FIELD } from './signature.ts';
