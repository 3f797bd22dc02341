/**
 * The `tls.*` settings, and what sockets need of them.
 *
 * Source: TlsSystemConfig.java, TlsHelper.java.
 */
import { RocketMqError } from '@orbitmq/kernel';
import {
  type Clock,
  type Disk,
  readWholeFile,
  selfSignedCertificate,
  type TlsClientOptions,
  type TlsServerOptions,
} from '@orbitmq/runtime';

export const TLS_MODES = ['disabled', 'permissive', 'enforcing'] as const;
export type TlsMode = (typeof TLS_MODES)[number];
export const CLIENT_AUTH_MODES = ['none', 'optional', 'require'] as const;
export type ClientAuthMode = (typeof CLIENT_AUTH_MODES)[number];

export interface TlsServerSettings {
  /** `tls.server.mode` */
  readonly mode: TlsMode;
  /** `tls.test.mode.enable`: a self-signed certificate, made when the first TLS connection comes. */
  readonly isTestMode: boolean;
  /** `tls.server.need.client.auth` */
  readonly needClientAuth: ClientAuthMode;
  readonly keyPath?: string | undefined;
  readonly keyPassword?: string | undefined;
  readonly certPath?: string | undefined;
  /** `tls.server.authClient` */
  readonly authClient: boolean;
  readonly trustCertPath?: string | undefined;
}

export interface TlsClientSettings {
  /** `tls.enable`; on as well where `tls.server.mode` is enforcing, as in 5.x. */
  readonly isEnabled: boolean;
  /** `tls.test.mode.enable`: any certificate will do. */
  readonly isTestMode: boolean;
  readonly keyPath?: string | undefined;
  readonly keyPassword?: string | undefined;
  readonly certPath?: string | undefined;
  /** `tls.client.authServer` */
  readonly authServer: boolean;
  readonly trustCertPath?: string | undefined;
}

/** As Apache's: TLS is accepted with a self-signed certificate, plain text as well. */
export const DEFAULT_TLS_SERVER_SETTINGS: TlsServerSettings = {
  mode: 'permissive',
  isTestMode: true,
  needClientAuth: 'none',
  authClient: false,
};

export type TlsProperties = Readonly<Record<string, string | undefined>>;

/** @throws {RocketMqError} TLS_SETTINGS_INVALID when a value is none of those that are known */
export function tlsServerSettings(properties: TlsProperties): TlsServerSettings {
  return {
    mode: oneOf(properties, 'tls.server.mode', TLS_MODES, 'permissive'),
    isTestMode: isTrue(properties, 'tls.test.mode.enable', true),
    needClientAuth: oneOf(properties, 'tls.server.need.client.auth', CLIENT_AUTH_MODES, 'none'),
    keyPath: properties['tls.server.keyPath'],
    keyPassword: properties['tls.server.keyPassword'],
    certPath: properties['tls.server.certPath'],
    authClient: isTrue(properties, 'tls.server.authClient', false),
    trustCertPath: properties['tls.server.trustCertPath'],
  };
}

/** @throws {RocketMqError} TLS_SETTINGS_INVALID as {@link tlsServerSettings} */
export function tlsClientSettings(properties: TlsProperties): TlsClientSettings {
  const mode = oneOf(properties, 'tls.server.mode', TLS_MODES, 'permissive');
  return {
    isEnabled: isTrue(properties, 'tls.enable', false) || mode === 'enforcing',
    isTestMode: isTrue(properties, 'tls.test.mode.enable', true),
    keyPath: properties['tls.client.keyPath'],
    keyPassword: properties['tls.client.keyPassword'],
    certPath: properties['tls.client.certPath'],
    authServer: isTrue(properties, 'tls.client.authServer', false),
    trustCertPath: properties['tls.client.trustCertPath'],
  };
}

/**
 * Key and certificates of a server.
 *
 * @returns undefined when neither files are named nor test mode is on: TLS connections are closed then
 * @throws {RocketMqError} TLS_SETTINGS_INVALID when a file cannot be read
 */
export async function loadTlsServerOptions(
  settings: TlsServerSettings,
  sources: { readonly disk: Disk; readonly clock: Clock },
  handshakeTimeoutMs: number,
): Promise<TlsServerOptions | undefined> {
  if (settings.isTestMode) {
    const { key, cert } = await selfSignedCertificate('orbitmq', sources.clock);
    // Test mode asks clients for a certificate at most.
    return { key, cert, clientCertificate: 'optional', verifiesClient: false, handshakeTimeoutMs };
  }
  if (settings.keyPath === undefined || settings.certPath === undefined) return undefined;
  return {
    key: await readPem(sources.disk, 'tls.server.keyPath', settings.keyPath),
    cert: await readPem(sources.disk, 'tls.server.certPath', settings.certPath),
    passphrase: emptyToNone(settings.keyPassword),
    ca: await readOptionalPem(sources.disk, 'tls.server.trustCertPath', settings.trustCertPath),
    clientCertificate: settings.needClientAuth,
    verifiesClient: settings.authClient,
    handshakeTimeoutMs,
  };
}

/**
 * @returns undefined when TLS is off
 * @throws {RocketMqError} TLS_SETTINGS_INVALID when a file cannot be read
 */
export async function loadTlsClientOptions(
  settings: TlsClientSettings,
  disk: Disk,
): Promise<TlsClientOptions | undefined> {
  if (!settings.isEnabled) return undefined;
  if (settings.isTestMode) return { verifiesServer: false };
  return {
    key: await readOptionalPem(disk, 'tls.client.keyPath', settings.keyPath),
    cert: await readOptionalPem(disk, 'tls.client.certPath', settings.certPath),
    passphrase: emptyToNone(settings.keyPassword),
    ca: await readOptionalPem(disk, 'tls.client.trustCertPath', settings.trustCertPath),
    verifiesServer: settings.authServer,
  };
}

/** Changes when one of the files that the settings name does. */
export async function tlsFilesStamp(settings: TlsServerSettings, disk: Disk): Promise<string> {
  const stamps: string[] = [];
  for (const path of [settings.keyPath, settings.certPath, settings.trustCertPath]) {
    if (path === undefined || path === '') continue;
    const stat = await disk.stat(path);
    stamps.push(`${path} ${stat?.modifiedMs} ${stat?.sizeBytes}`);
  }
  return stamps.join('\n');
}

function emptyToNone(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function isTrue(properties: TlsProperties, name: string, absent: boolean): boolean {
  const value = properties[name];
  return value === undefined ? absent : value.trim().toLowerCase() === 'true';
}

function oneOf<const T extends string>(
  properties: TlsProperties,
  name: string,
  known: readonly T[],
  absent: T,
): T {
  const value = properties[name]?.trim();
  if (value === undefined) return absent;
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) {
    throw settingsInvalid(`${name} is ${JSON.stringify(value)}, expected ${known.join(', ')}`);
  }
  return found;
}

async function readOptionalPem(
  disk: Disk,
  name: string,
  path: string | undefined,
): Promise<Buffer | undefined> {
  return path === undefined || path === '' ? undefined : readPem(disk, name, path);
}

async function readPem(disk: Disk, name: string, path: string): Promise<Buffer> {
  const bytes = await readWholeFile(disk, path);
  if (bytes === undefined) throw settingsInvalid(`${name} names ${path}, which is not there`);
  return bytes;
}

export function settingsInvalid(message: string, cause?: unknown): RocketMqError {
  return new RocketMqError(message, { code: 'TLS_SETTINGS_INVALID', cause });
}
