import type { Clock } from './clock.ts';

/** A key and a certificate that nobody vouches for, both PEM. */
export interface SelfSignedCertificate {
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 86_400_000;
const VALID_DAYS = 365;

/**
 * Makes a certificate for TLS's test mode; takes some ten milliseconds. The library is loaded only
 * here: a process without TLS, and every client, does without it.
 */
export async function selfSignedCertificate(
  commonName: string,
  clock: Clock,
): Promise<SelfSignedCertificate> {
  const { generate } = await import('selfsigned');
  const now = clock.now();
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + VALID_DAYS * DAY_MS),
  });
  return { key: made.private, cert: made.cert };
}
