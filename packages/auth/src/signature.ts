/**
 * The signature of a request.
 *
 *   content   => values of all ext fields but Signature, in the order of their names, without separators,
 *                UTF-8; then the body's bytes as they travel
 *   Signature => base64(HMAC-SHA1(secretKey, content))
 *
 * Names are compared by UTF-16 code units, as Java's strings are. They are not signed themselves.
 *
 * Source: AclClientRPCHook.java, AclUtils.java, AclSigner.java.
 */
import { createHmac, type KeyObject } from 'node:crypto';

/** Ext fields that carry a request's credentials. */
export const AuthField = {
  accessKey: 'AccessKey',
  signature: 'Signature',
  securityToken: 'SecurityToken',
} as const;

/**
 * A bare field of QUERY_MESSAGE that peers do not agree about: Java clients since 4.9.4 sign it, brokers of
 * 4.9 leave it out of what they verify.
 */
export const UNIQUE_KEY_QUERY_FIELD = '_UNIQUE_KEY_QUERY';

/** The values that are signed, one behind the other. @param without a field that is left out besides Signature */
export function signedValues(extFields: Readonly<Record<string, string>>, without = ''): string {
  let values = '';
  for (const name of Object.keys(extFields).toSorted()) {
    if (name !== AuthField.signature && name !== without) values += extFields[name];
  }
  return values;
}

/** The signature in base64. */
export function signatureOf(
  secretKey: string | KeyObject,
  values: string,
  body: Buffer | undefined,
): string {
  const hmac = createHmac('sha1', secretKey).update(values, 'utf8');
  if (body !== undefined) hmac.update(body);
  return hmac.digest('base64');
}
