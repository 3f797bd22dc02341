import { boolKey, choiceKey, optionalTextKey, textKey } from '../key.ts';

/**
 * TLS of all ports and connections of a process: system properties in Apache, here keys of the
 * configuration file as well; what `tls.config.file` says is stronger. Source: TlsSystemConfig.java.
 */
export const tlsKeys = {
  'tls.server.mode': choiceKey(
    ['disabled', 'permissive', 'enforcing'],
    'permissive',
    'Whether the port takes TLS: no, beside plain text, or nothing else.',
    { effect: 'start' },
  ),
  'tls.enable': boolKey(false, 'Connect to others with TLS.', { effect: 'start' }),
  'tls.config.file': textKey(
    '/etc/rocketmq/tls.properties',
    'File with tls.* keys; an absent one is fine.',
    { effect: 'start' },
  ),
  'tls.test.mode.enable': boolKey(
    true,
    'Use a self-signed certificate made at start, and trust every certificate.',
    { effect: 'start' },
  ),
  'tls.server.need.client.auth': choiceKey(
    ['none', 'optional', 'require'],
    'none',
    'Whether clients show a certificate.',
    { effect: 'start' },
  ),
  'tls.server.keyPath': optionalTextKey('Private key of the server, PEM.', { effect: 'start' }),
  'tls.server.keyPassword': optionalTextKey('Password of that key.', {
    effect: 'start',
    isSecret: true,
  }),
  'tls.server.certPath': optionalTextKey('Certificate of the server, PEM.', { effect: 'start' }),
  'tls.server.authClient': boolKey(
    false,
    'Whether a client certificate must be signed by one of tls.server.trustCertPath.',
    { effect: 'start' },
  ),
  'tls.server.trustCertPath': optionalTextKey('Who may sign client certificates, PEM.', {
    effect: 'start',
  }),
  'tls.client.keyPath': optionalTextKey('Private key for connections to others, PEM.', {
    effect: 'start',
  }),
  'tls.client.keyPassword': optionalTextKey('Password of that key.', {
    effect: 'start',
    isSecret: true,
  }),
  'tls.client.certPath': optionalTextKey('Certificate for connections to others, PEM.', {
    effect: 'start',
  }),
  'tls.client.authServer': boolKey(
    false,
    'Whether a server certificate must be signed by one of tls.client.trustCertPath.',
    { effect: 'start' },
  ),
  'tls.client.trustCertPath': optionalTextKey('Who may sign server certificates, PEM.', {
    effect: 'start',
  }),
} as const;
