import { createSecretKey } from 'node:crypto';
import type { Credentials } from './credentials.ts';
import { AuthField, signatureOf, signedValues, UNIQUE_KEY_QUERY_FIELD } from './signature.ts';

/** A request on its way out; the remoting client's hooks get one. */
export interface SignableRequest {
  /** Changed in place. */
  readonly extFields: Record<string, string>;
  /** As it is sent, compressed if it is. */
  readonly body: Buffer | undefined;
}

/**
 * Makes a hook that signs every request. It has to be the last one: fields that are added behind it are not
 * signed, and the broker refuses the request.
 *
 * `_UNIQUE_KEY_QUERY` is taken out of queries: some brokers verify it and some do not, and all it does
 * is let a broker answer more messages than `maxNum`.
 *
 *   new RemotingClient({ hooks: [signRequests({ accessKey, secretKey })] })
 *
 * Source: AclClientRPCHook.java.
 */
export function signRequests(credentials: Credentials): (request: SignableRequest) => void {
  const { accessKey, securityToken } = credentials;
  const key = createSecretKey(credentials.secretKey, 'utf8');
  return ({ extFields, body }) => {
    delete extFields[UNIQUE_KEY_QUERY_FIELD];
    extFields[AuthField.accessKey] = accessKey;
    if (securityToken !== undefined) extFields[AuthField.securityToken] = securityToken;
    extFields[AuthField.signature] = signatureOf(key, signedValues(extFields), body);
  };
}
