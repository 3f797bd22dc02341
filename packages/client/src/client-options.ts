import type { Credentials } from '@orbitmq/auth';
import type { TlsClientSettings } from '@orbitmq/remoting';
import type { Clock, Disk, Net, Random, Timers } from '@orbitmq/runtime';
import type { ClientLogger } from './application-calls.ts';
import { checkHasMethods, checkIsObject, checkIsText, flag } from './option-checks.ts';
import type { TraceOptions } from './trace-queue.ts';

/** Options of every client. */
export interface ClientOptions {
  /** `host:port` of the name servers, as a list or with `;` between them. */
  readonly nameServers: string | readonly string[];
  /** Part of the client id; one that no other client on the machine has is made when it is absent. */
  readonly instanceName?: string | undefined;
  /** How often routes are asked for again; 30 000 when absent. */
  readonly routeRefreshMs?: number | undefined;
  /** How often brokers hear of the client; 30 000 when absent. They forget it after 120 s. */
  readonly heartbeatMs?: number | undefined;
  readonly tls?: TlsClientSettings | undefined;
  /** Every request is signed with these; brokers with access control refuse others. */
  readonly credentials?: Credentials | undefined;
  /**
   * Prefix of all topics and groups, which the application does not see. Absent, it is the instance that a name
   * server's address of the form `http://MQ_INST_….…` names; none otherwise.
   */
  readonly namespace?: string | undefined;
  /** Whether every message sent or consumed is written to the trace topic, and to which one. */
  readonly trace?: boolean | TraceOptions | undefined;
  readonly log?: ClientLogger | undefined;
  /** Time, chance, sockets and files, of which tests give others; the system's when absent. */
  readonly clock?: Clock | undefined;
  readonly timers?: Timers | undefined;
  readonly random?: Random | undefined;
  readonly net?: Net | undefined;
  readonly disk?: Disk | undefined;
}

/**
 * Refuses what cannot be meant, for code that is not type-checked: some of it would go unnoticed for long. Name
 * servers, and what is a number, are checked where they are read.
 *
 * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT
 */
export function checkClientOptions(options: ClientOptions & { readonly group: string }): void {
  checkIsObject('options', options);
  checkIsText('group', options.group);
  const { instanceName, namespace, credentials, tls, trace, log } = options;
  if (instanceName !== undefined) checkIsText('instanceName', instanceName);
  if (namespace !== undefined) checkIsText('namespace', namespace);
  if (credentials !== undefined) {
    checkIsObject('credentials', credentials);
    checkIsText('credentials.accessKey', credentials.accessKey);
    checkIsText('credentials.secretKey', credentials.secretKey);
  }
  if (tls !== undefined) checkIsObject('tls', tls);
  if (typeof trace === 'object') {
    checkIsObject('trace', trace);
    if (trace.topic !== undefined) checkIsText('trace.topic', trace.topic);
  } else if (trace !== undefined) flag('trace', trace);
  if (log !== undefined) checkHasMethods('log', log, ['debug', 'info', 'warn', 'error']);
}
